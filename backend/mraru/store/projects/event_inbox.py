"""The inbox of webhooks: written down before they are answered, dealt with by the worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from mraru.store.database import Database
from mraru.store.tables.project_tables import events, past_events, projects
from mraru.store.written_together import WrittenTogether

KEPT_S = 7 * 86_400.0  # seconds for which events are kept after they were dealt with, to see what became of them


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
        self._together = WrittenTogether(self._write)

    def add(self, project_id: int, *, action: str, payload: str, is_trusted: bool) -> bool:
        """Write an event down; False where its project is not known here.

        Events that come at the same time share a transaction, as each waits for the disk. When this returns, the event
        is there, whatever happens to machine and process.
        """
        return self._together.add(
            {
                "project_id": project_id,
                "action": action,
                "payload": payload,
                "is_trusted": is_trusted,
                "received_at": self._clock(),
            }
        )

    def _write(self, rows: Sequence[Mapping[str, object]]) -> list[bool]:
        """Write events down in one transaction; whether each one's project is known."""
        wanted = {row["project_id"] for row in rows}
        with self._database.write() as connection:
            known = set(connection.scalars(select(projects.c.project_id).where(projects.c.project_id.in_(wanted))))
            kept = [row for row in rows if row["project_id"] in known]
            if kept:
                connection.execute(insert(events), kept)
        return [row["project_id"] in known for row in rows]

    def list_open(self, project_id: int, limit: int | None = None) -> list[InboxEvent]:
        """Those not dealt with, in the order of arrival; the first `limit` of them."""
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
                .limit(limit)
            ).all()
        return [InboxEvent(**row._mapping) for row in rows]

    def has_open(self, project_id: int) -> bool:
        """Whether any of a project is not dealt with."""
        is_open = exists().where(events.c.project_id == project_id, events.c.done_at.is_(None))
        with self._database.read() as connection:
            return bool(connection.scalar(select(is_open)))

    def close(self, event_id: int, error: str | None = None) -> None:
        """The event was dealt with; its payload holds people's texts and is not kept, unless it failed."""
        values: dict[str, object] = {"done_at": self._clock(), "error": error}
        if error is None:
            values["payload"] = ""
        with self._database.write() as connection:
            connection.execute(update(events).where(events.c.event_id == event_id).values(**values))

    def close_all(self, event_ids: Sequence[int]) -> None:
        """All of these were dealt with, and none failed."""
        with self._database.write() as connection:
            connection.execute(
                update(events).where(events.c.event_id.in_(event_ids)).values(done_at=self._clock(), payload="")
            )

    def forget_done(self) -> int:
        """Forget events that were dealt with a week ago, but not how many they were; returns that.

        Where there are none the store is not locked.
        """
        are_old = events.c.done_at < self._clock() - KEPT_S
        with self._database.read() as connection:
            if not connection.scalar(select(exists().where(are_old))):
                return 0
        forgotten = (
            select(events.c.project_id, func.count(), func.count(events.c.error))
            .where(are_old)
            .group_by(events.c.project_id)
        )
        with self._database.write() as connection:
            add = sqlite_insert(past_events).from_select(["project_id", "n_events", "n_unreadable"], forgotten)
            sums = {name: past_events.c[name] + add.excluded[name] for name in ("n_events", "n_unreadable")}
            connection.execute(add.on_conflict_do_update(index_elements=["project_id"], set_=sums))
            return connection.execute(delete(events).where(are_old)).rowcount

    def count_all(self) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).select_from(events)) or 0

    def count_open(self) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(events.c.done_at.is_(None))) or 0
