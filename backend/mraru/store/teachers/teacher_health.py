"""How the teachers' servers fare, and how the calls of a project ended: for whoever watches."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.sqlite import insert

from mraru.records import CircuitState, TeacherHealth
from mraru.store.database import Database
from mraru.store.ledger.spending import CallStatus
from mraru.store.tables.project_tables import calls
from mraru.store.tables.teacher_tables import teacher_health


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """The calls of a project by how they ended; each attempt about a text is a call."""

    n_attempts: int
    n_retries: int  # attempts beyond the first about a text
    n_answered: int
    n_not_billed: int  # failed and released
    n_maybe_billed: int  # failed and forfeited


class TeacherHealthRepository:
    """A `HealthBook` in the database: one row for each model of each server."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def save(self, health: TeacherHealth) -> None:
        """Write down how a server fares now, in place of what was known before."""
        told = {
            "circuit": health.circuit,
            "n_failures": health.n_failures,
            "opened_until": health.opened_until,
            "last_error": health.last_error,
            "requests_per_minute": health.requests_per_minute,
            "tokens_per_minute": health.tokens_per_minute,
            "updated_at": self._clock(),
        }
        with self._database.write() as connection:
            connection.execute(
                insert(teacher_health)
                .values(server=health.server, model=health.model, **told)
                .on_conflict_do_update(index_elements=["server", "model"], set_=told)
            )

    def get(self, server: str, model: str) -> TeacherHealth | None:
        """What was last written of this model; None if it was never asked."""
        with self._database.read() as connection:
            row = connection.execute(
                select(teacher_health).where(teacher_health.c.server == server, teacher_health.c.model == model)
            ).first()
        return _to_health(row) if row is not None else None

    def list_all(self) -> list[TeacherHealth]:
        """Every model that was ever asked, by server and name."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(teacher_health).order_by(teacher_health.c.server, teacher_health.c.model)
            ).all()
        return [_to_health(row) for row in rows]

    def count_attempts(self, project_id: int) -> Attempts:
        """The calls of a project as the ledger holds them, those under way among the attempts."""
        asked = select(calls.c.text_hash, calls.c.model, calls.c.prompt_version, calls.c.server).where(
            calls.c.project_id == project_id
        )
        with self._database.read() as connection:
            rows = connection.execute(
                select(calls.c.status, func.count().label("n"))
                .where(calls.c.project_id == project_id)
                .group_by(calls.c.status)
            )
            by_status: dict[str, int] = {row.status: row.n for row in rows}
            n_asked = connection.scalar(select(func.count()).select_from(asked.distinct().subquery())) or 0
        n_attempts = sum(by_status.values())
        return Attempts(
            n_attempts=n_attempts,
            n_retries=n_attempts - n_asked,
            n_answered=by_status.get(CallStatus.ANSWERED, 0),
            n_not_billed=by_status.get(CallStatus.RELEASED, 0),
            n_maybe_billed=by_status.get(CallStatus.FORFEITED, 0),
        )


def _to_health(row: Row[tuple[object, ...]]) -> TeacherHealth:
    return TeacherHealth(
        server=row.server,
        model=row.model,
        circuit=CircuitState(row.circuit),
        n_failures=row.n_failures,
        opened_until=row.opened_until,
        last_error=row.last_error,
        requests_per_minute=row.requests_per_minute,
        tokens_per_minute=row.tokens_per_minute,
    )
