"""What people set for one project alone, in place of the server's settings."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from mraru.budget_records import Budget
from mraru.records import SettingValue
from mraru.store.database import Database
from mraru.store.tables.review_tables import project_settings

BUDGET_FIELDS = ("max_calls", "max_cost_usd", "max_tokens")  # of `Budget`, and named alike in the settings


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSetting:
    """A row of `project_settings`."""

    name: str
    value: SettingValue
    changed_at: float  # seconds since 1970


class ProjectSettingRepository:
    """Keeps values and knows nothing of what is allowed; whoever writes has checked them."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def change(self, project_id: int, values: Mapping[str, SettingValue], unset: Collection[str] = ()) -> None:
        """Set these and let the server's hold again for those of `unset`, all or none."""
        at = self._clock()
        with self._database.write() as connection:
            connection.execute(
                delete(project_settings).where(
                    project_settings.c.project_id == project_id, project_settings.c.name.in_(unset)
                )
            )
            for name, value in values.items():
                changes = {"value": json.dumps(value), "changed_at": at}
                connection.execute(
                    insert(project_settings)
                    .values(project_id=project_id, name=name, **changes)
                    .on_conflict_do_update(index_elements=["project_id", "name"], set_=changes)
                )

    def list_all(self, project_id: int) -> list[StoredSetting]:
        with self._database.read() as connection:
            return _list_all(connection, project_id)

    def load(self, project_id: int) -> dict[str, SettingValue]:
        """What is set, by name."""
        return {setting.name: setting.value for setting in self.list_all(project_id)}

    def budget_of(self, project_id: int, budget: Budget) -> Budget:
        """What a project may spend, where all projects may spend `budget` each."""
        with self._database.read() as connection:
            return read_budget(connection, project_id, budget)


def read_budget(connection: Connection, project_id: int, budget: Budget) -> Budget:
    """`budget` with what is set for the project alone, as of this transaction."""
    stored = {setting.name: setting.value for setting in _list_all(connection, project_id)}
    return replace(budget, **{name: stored[name] for name in BUDGET_FIELDS if name in stored})  # type: ignore[arg-type]


def _list_all(connection: Connection, project_id: int) -> list[StoredSetting]:
    rows = connection.execute(
        select(project_settings.c.name, project_settings.c.value, project_settings.c.changed_at)
        .where(project_settings.c.project_id == project_id)
        .order_by(project_settings.c.name)
    ).all()
    return [StoredSetting(name=row.name, value=json.loads(row.value), changed_at=row.changed_at) for row in rows]
