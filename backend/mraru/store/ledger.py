"""The book of every call to the teacher: reserved before it, settled after it, never deleted."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum

from sqlalchemy import Connection, case, func, select, update
from sqlalchemy.dialects.sqlite import insert

from mraru.errors import BudgetExceeded
from mraru.records import Budget, Spending, TeacherAnswer, TeacherIdentity, Usage
from mraru.store.database import Database
from mraru.store.tables import calls


class CallStatus(StrEnum):
    RESERVED = "reserved"  # under way: counts in full
    ANSWERED = "answered"  # counts at what it cost
    RELEASED = "released"  # failed and was surely not billed: counts for nothing
    FORFEITED = "forfeited"  # failed and may have been billed: counts in full


_SPENT_USD = case(
    (calls.c.status == CallStatus.ANSWERED, calls.c.cost_usd),
    (calls.c.status == CallStatus.RELEASED, 0.0),
    else_=calls.c.reserved_usd,
)


class LedgerRepository:
    """A `Ledger` in the database; the write lock makes each reservation atomic across processes."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def find_answer(self, identity: TeacherIdentity, text_hash: str) -> TeacherAnswer | None:
        """The answer that was paid for, in whatever project; None if the text was never answered."""
        with self._database.read() as connection:
            row = connection.execute(
                select(calls)
                .where(
                    calls.c.text_hash == text_hash,
                    calls.c.model == identity.model,
                    calls.c.prompt_version == identity.prompt_version,
                    calls.c.status == CallStatus.ANSWERED,
                )
                .order_by(calls.c.call_id)
                .limit(1)
            ).first()
        if row is None:
            return None
        return TeacherAnswer(
            label=row.label,
            raw=row.raw,
            no_label_reason=row.no_label_reason,
            usage=Usage(prompt_tokens=row.prompt_tokens, completion_tokens=row.completion_tokens),
            cost_usd=0.0,
            latency_s=row.latency_s,
            request_id=row.request_id,
            from_ledger=True,
        )

    def reserve(
        self,
        *,
        project_id: int,
        identity: TeacherIdentity,
        text_hash: str,
        cost_bound_usd: float,
        budget: Budget,
    ) -> int:
        """Book a call before it is made and return its number.

        Raises:
            BudgetExceeded: what is spent and reserved leaves no room for it.
        """
        with self._database.write() as connection:
            spent = _spending(connection, project_id)
            if spent.n_calls + 1 > budget.max_calls:
                raise BudgetExceeded(
                    f"Project {project_id} has made {spent.n_calls} of {budget.max_calls} calls to the teacher: "
                    "raise MRARU_MAX_CALLS to go on."
                )
            if spent.cost_usd + cost_bound_usd > budget.max_cost_usd:
                raise BudgetExceeded(
                    f"Project {project_id} has spent ${spent.cost_usd:.4f} of ${budget.max_cost_usd:.2f} and the next "
                    f"call may cost ${cost_bound_usd:.4f}: raise MRARU_MAX_COST_USD to go on."
                )
            call_id = connection.scalar(
                insert(calls)
                .values(
                    project_id=project_id,
                    model=identity.model,
                    prompt_version=identity.prompt_version,
                    is_zero_shot=identity.is_zero_shot,
                    text_hash=text_hash,
                    status=CallStatus.RESERVED,
                    reserved_usd=cost_bound_usd,
                    created_at=self._clock(),
                )
                .returning(calls.c.call_id)
            )
        assert call_id is not None  # RETURNING of an insert gives a row
        return int(call_id)

    def settle(self, call_id: int, answer: TeacherAnswer) -> None:
        """Write down the answer and what it really cost."""
        self._finish(
            call_id,
            status=CallStatus.ANSWERED,
            label=answer.label,
            no_label_reason=answer.no_label_reason,
            raw=answer.raw,
            prompt_tokens=answer.usage.prompt_tokens,
            completion_tokens=answer.usage.completion_tokens,
            cost_usd=answer.cost_usd,
            latency_s=answer.latency_s,
            request_id=answer.request_id,
        )

    def release(self, call_id: int, error: str) -> None:
        """The call failed and was surely not billed."""
        self._finish(call_id, status=CallStatus.RELEASED, error=error)

    def forfeit(self, call_id: int, error: str) -> None:
        """The call failed but may have been billed."""
        self._finish(call_id, status=CallStatus.FORFEITED, error=error)

    def forfeit_lost(self, project_id: int) -> int:
        """Close the calls that a crash left open, and count them; only the holder of the lease may."""
        with self._database.write() as connection:
            result = connection.execute(
                update(calls)
                .where(calls.c.project_id == project_id, calls.c.status == CallStatus.RESERVED)
                .values(
                    status=CallStatus.FORFEITED,
                    error="the process ended before the answer was written down",
                    finished_at=self._clock(),
                )
            )
            return result.rowcount

    def spending(self, project_id: int) -> Spending:
        """What this project has spent, calls in flight counted in full."""
        with self._database.read() as connection:
            return _spending(connection, project_id)

    def _finish(self, call_id: int, **values: object) -> None:
        with self._database.write() as connection:
            connection.execute(
                update(calls).where(calls.c.call_id == call_id).values(finished_at=self._clock(), **values)
            )


def _spending(connection: Connection, project_id: int) -> Spending:
    counted = case((calls.c.status == CallStatus.RELEASED, 0), else_=1)
    row = connection.execute(
        select(
            func.coalesce(func.sum(counted), 0).label("n_calls"),
            func.coalesce(func.sum(_SPENT_USD), 0.0).label("cost_usd"),
            func.coalesce(func.sum(calls.c.prompt_tokens), 0).label("prompt_tokens"),
            func.coalesce(func.sum(calls.c.completion_tokens), 0).label("completion_tokens"),
        ).where(calls.c.project_id == project_id)
    ).one()
    return Spending(
        n_calls=row.n_calls,
        cost_usd=row.cost_usd,
        prompt_tokens=row.prompt_tokens,
        completion_tokens=row.completion_tokens,
    )
