"""Room that a cap must have for calls under way together, as each of them may use more than was reserved for it.

A call is begun beside others only where the cap has room for all of them at `OVERRUN_ROOM` times their bounds; else
it waits until it is alone. So a cap is passed by what one call uses beyond its bound at most, as long as none uses
more than so many times its bound.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from mraru.budget_records import Budget
from mraru.errors import RoomTaken
from mraru.records import TeacherIdentity
from mraru.store.ledger.spending import CallStatus, sum_spending
from mraru.store.tables.project_tables import calls

OVERRUN_ROOM = 20.0  # times its bound that each call under way may come to use
ENOUGH_SEEN = 20  # counted answers of a model, after which a batch job's calls are taken to keep to their bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSize:
    """The most that is reserved for a call."""

    cost_usd: float
    n_tokens: int
    bound_factor: float  # of these to the call's bounds
    in_batch: bool  # made by a batch job, whose calls are under way together, for up to a day


def check_headroom(
    connection: Connection, project_id: int | None, budget: Budget, size: CallSize, *, since: float
) -> None:
    """Make sure that one more call of this size fits beside those under way, or that there are none.

    Calls that are made at once do not wait for those of batch jobs.

    Args:
        project_id: whose budget it is; None: of all together.
        since: seconds since 1970; calls begun before count as lost.

    Raises:
        RoomTaken: once those under way are answered, there may be room.
    """
    if budget.max_cost_usd is None and budget.max_tokens is None:
        return
    beyond = case((calls.c.bound_factor < OVERRUN_ROOM, OVERRUN_ROOM / calls.c.bound_factor), else_=1.0) - 1
    statement = select(
        func.count().label("n_calls"),
        func.coalesce(func.sum(calls.c.reserved_usd * beyond), 0.0).label("usd"),
        func.coalesce(func.sum(calls.c.reserved_tokens * beyond), 0.0).label("n_tokens"),
    ).where(calls.c.status == CallStatus.RESERVED, calls.c.created_at > since)
    if project_id is not None:
        statement = statement.where(calls.c.project_id == project_id)
    if not size.in_batch:
        statement = statement.where(calls.c.batch_job_id.is_(None))
    under_way = connection.execute(statement).one()
    if under_way.n_calls == 0:
        return
    spent = sum_spending(connection, project_id)
    times = max(OVERRUN_ROOM / size.bound_factor, 1.0)
    passed = budget.cap_passed_by(
        spent,
        cost_usd=under_way.usd + times * size.cost_usd,
        n_tokens=int(under_way.n_tokens + times * size.n_tokens),
    )
    if passed is not None:
        raise RoomTaken


def is_well_known(connection: Connection, identity: TeacherIdentity) -> bool:
    """Whether enough answers of a model were counted by its server to tell what its calls use."""
    counted = (
        select(calls.c.call_id)
        .where(
            calls.c.model == identity.model,
            calls.c.server == identity.server,
            calls.c.status == CallStatus.ANSWERED,
            calls.c.prompt_tokens > 0,
        )
        .limit(ENOUGH_SEEN)
    )
    return (connection.scalar(select(func.count()).select_from(counted.subquery())) or 0) >= ENOUGH_SEEN
