"""Which tabs of Label Studio's Data Manager are ours, and what was last written of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from mraru.store.database import Database
from mraru.store.tables.review_tables import review_tabs


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewTab:
    """A row of `review_tabs`."""

    kind: str
    view_id: int  # Label Studio may hold it no more: then the team deleted it
    written: str  # JSON object


class ReviewTabRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def list_all(self, project_id: int) -> list[ReviewTab]:
        """The tabs of a project by kind, those that the team deleted included."""
        statement = (
            select(review_tabs.c.kind, review_tabs.c.view_id, review_tabs.c.written)
            .where(review_tabs.c.project_id == project_id)
            .order_by(review_tabs.c.kind)
        )
        with self._database.read() as connection:
            return [ReviewTab(**row._mapping) for row in connection.execute(statement)]

    def save(self, project_id: int, tab: ReviewTab) -> None:
        """Note a tab; one of its kind that was noted before is forgotten."""
        values = {"view_id": tab.view_id, "written": tab.written}
        with self._database.write() as connection:
            connection.execute(
                insert(review_tabs)
                .values(project_id=project_id, kind=tab.kind, **values)
                .on_conflict_do_update(index_elements=["project_id", "kind"], set_=values)
            )

    def forget(self, project_id: int, kinds: Collection[str]) -> None:
        """Forget tabs, so that they are made again."""
        with self._database.write() as connection:
            connection.execute(
                delete(review_tabs).where(review_tabs.c.project_id == project_id, review_tabs.c.kind.in_(kinds))
            )
