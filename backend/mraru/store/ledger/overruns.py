"""Models whose calls used more than the most that was reserved: from then on as many times more is reserved."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Integer, Row, cast, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from mraru.records import TeacherAnswer
from mraru.store.database import Database
from mraru.store.ledger.spending import CallStatus
from mraru.store.tables.project_tables import calls
from mraru.store.tables.teacher_tables import overruns

logger = logging.getLogger(__name__)

ROUNDING = 1e-9  # of quotients of floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrun:
    """The worst call of one model at one server."""

    server: str
    model: str
    factor: float  # of what it used, in dollars or in tokens, to the most that was thought possible; above 1
    seen_at: float  # seconds since 1970


class OverrunRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def list_all(self) -> list[Overrun]:
        """Every model that used more than its bound."""
        with self._database.read() as connection:
            rows = connection.execute(select(overruns).order_by(overruns.c.model, overruns.c.server)).all()
        return [Overrun(**row._mapping) for row in rows]

    def forget(self, model: str) -> int:
        """Reserve no more than the bound again, at whatever server; returns at how many it was more."""
        with self._database.write() as connection:
            return connection.execute(delete(overruns).where(overruns.c.model == model)).rowcount


def read_factor(connection: Connection, server: str, model: str) -> float:
    """By how much the bounds of a model's calls are multiplied; 1 as long as each kept to its bound."""
    statement = select(overruns.c.factor).where(overruns.c.server == server, overruns.c.model == model)
    return float(connection.scalar(statement) or 1.0)


def note_overrun(connection: Connection, call: Row[Any], answer: TeacherAnswer, at: float) -> None:
    """Remember it if this call used more than any before it, and count the calls under way accordingly.

    Args:
        call: as it was reserved; a row of `calls`.
        answer: what it is settled at.
        at: seconds since 1970.
    """
    of_reserved = max(
        _ratio(answer.cost_usd, call.reserved_usd), _ratio(float(count_tokens(answer)), float(call.reserved_tokens))
    )
    factor = of_reserved * call.bound_factor
    if factor <= read_factor(connection, call.server, call.model) * (1 + ROUNDING):
        return
    values = {"factor": factor, "seen_at": at}
    statement = insert(overruns).values(server=call.server, model=call.model, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["server", "model"], set_=values))
    growth = factor / calls.c.bound_factor
    connection.execute(
        update(calls)
        .where(
            calls.c.server == call.server,
            calls.c.model == call.model,
            calls.c.status == CallStatus.RESERVED,
            calls.c.bound_factor < factor,
        )
        .values(
            reserved_usd=calls.c.reserved_usd * growth,
            reserved_tokens=cast(calls.c.reserved_tokens * growth, Integer) + 1,
            bound_factor=factor,
        )
    )
    logger.warning(
        "call %d of %s used %.1f times the most that was thought possible: each further call of it is reserved at as "
        "many times its bound",
        call.call_id,
        call.model,
        factor,
        extra={"event": "teacher_overrun"},
    )


def count_tokens(answer: TeacherAnswer) -> int:
    """Those that an answer counts for."""
    return max(answer.usage.prompt_tokens + answer.usage.completion_tokens, answer.booked_tokens)


def _ratio(used: float, reserved: float) -> float:
    return used / reserved if reserved > 0 else 0.0
