"""The inbox of webhooks: written down before they are answered, dealt with by the worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, insert, select, update

from mraru.store.database import Database
from mraru.store.tables import events


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEvent:
    event_id: int
    project_id: int
    action: str
    is_trusted: bool  # it carried the secret
    payload: str  # JSON


class EventRepository:
    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def add(self, project_id: int, *, action: str, payload: str, is_trusted: bool) -> int:
        with self._database.write() as connection:
            event_id = connection.scalar(
                insert(events)
                .values(
                    project_id=project_id,
                    action=action,
                    payload=payload,
                    is_trusted=is_trusted,
                    received_at=self._clock(),
                )
                .returning(events.c.event_id)
            )
        assert event_id is not None  # RETURNING of an insert gives a row
        return int(event_id)

    def list_open(self, project_id: int) -> list[InboxEvent]:
        """Those not dealt with, in the order of arrival."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(
                    events.c.event_id,
                    events.c.project_id,
                    events.c.action,
                    events.c.is_trusted,
                    events.c.payload,
                )
                .where(events.c.project_id == project_id, events.c.done_at.is_(None))
                .order_by(events.c.event_id)
            ).all()
        return [InboxEvent(**row._mapping) for row in rows]

    def list_projects_with_open(self) -> list[int]:
        with self._database.read() as connection:
            return list(connection.scalars(select(events.c.project_id).where(events.c.done_at.is_(None)).distinct()))

    def close(self, event_id: int, error: str | None = None) -> None:
        """The event was dealt with; its payload holds people's texts and is not kept, unless it failed."""
        values: dict[str, object] = {"done_at": self._clock(), "error": error}
        if error is None:
            values["payload"] = ""
        with self._database.write() as connection:
            connection.execute(update(events).where(events.c.event_id == event_id).values(**values))

    def count_open(self) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(events.c.done_at.is_(None))) or 0
