"""The book of every call to the teacher: reserved before it, settled after it, never deleted."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable

from sqlalchemy import Connection, and_, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from mraru.budget_records import Budget, Spending
from mraru.errors import StoreDamaged, StoreFault
from mraru.records import TeacherAnswer, TeacherIdentity, Usage
from mraru.store.database import Database
from mraru.store.ledger.answered_calls import read_answer
from mraru.store.ledger.batch_jobs import BatchJob
from mraru.store.ledger.claims import asks, is_whole
from mraru.store.ledger.overruns import note_overrun, read_factor
from mraru.store.ledger.reservations import Claim, reserve_call
from mraru.store.ledger.spending import CallStatus, sum_spending
from mraru.store.projects.round_repository import RoundStep
from mraru.store.tables.project_tables import batch_requests, calls, rounds

logger = logging.getLogger(__name__)

LOST_AFTER_S = 600.0  # seconds after which a call of another process counts as lost
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # seconds between the tries to write down what was paid for


class LedgerRepository:
    """A `Ledger` in the database; the write lock makes each reservation atomic across processes.

    An open reservation keeps everybody else from the same question. One that has been open for `lost_after_s`
    is that of a dead process: whoever asks next forfeits it and makes the call. Should its answer come after
    all, it is written down: it was paid for. The calls of a batch job may take a day: they are never given up
    here, only by whoever looks after the job.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float] = time.time,
        lost_after_s: float = LOST_AFTER_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database = database
        self._clock = clock
        self._lost_after_s = lost_after_s
        self._sleep = sleep

    def find_answer(self, identity: TeacherIdentity, text_hash: str) -> TeacherAnswer | None:
        """The answer that was paid for, in whatever project; None if the text was never answered."""
        with self._database.read() as connection:
            row = connection.execute(
                select(calls)
                .where(asks(identity, text_hash), calls.c.status == CallStatus.ANSWERED, is_whole(identity))
                .order_by(calls.c.prompt_version != identity.prompt_version, calls.c.call_id)
                .limit(1)
            ).first()
        return read_answer(row) if row is not None else None

    def reserve(
        self,
        *,
        project_id: int,
        identity: TeacherIdentity,
        text_hash: str,
        cost_bound_usd: float,
        tokens_bound: int,
        budget: Budget,
        total_budget: Budget | None = None,
        with_headroom: bool = False,
    ) -> int:
        """Claim a question and book its call before it is made; returns the call's number.

        Args:
            with_headroom: whether there must be room, too, for what calls under way may use beyond their bounds.

        Raises:
            AlreadyAsked: the same question is answered, or a call about it is under way.
            RoomTaken: what is left may be used by calls under way.
            BudgetExceeded: what is spent and reserved leaves no room for it.
            DiskFull: there is hardly any room on the disk for its answer.
        """
        self._database.require_room()
        with self._database.write() as connection:
            return reserve_call(
                connection,
                Claim(
                    project_id=project_id,
                    identity=identity,
                    text_hash=text_hash,
                    cost_bound_usd=cost_bound_usd,
                    tokens_bound=tokens_bound,
                    round_number=_round_that_asks(connection, project_id),
                ),
                budget=budget,
                total_budget=total_budget,
                with_headroom=with_headroom,
                now=self._clock(),
                lost_after_s=self._lost_after_s,
            )

    def reserve_in_batch(
        self,
        job: BatchJob,
        *,
        identity: TeacherIdentity | None = None,
        text_hash: str,
        body: str,
        cost_bound_usd: float,
        tokens_bound: int,
        budget: Budget,
        total_budget: Budget | None = None,
    ) -> int:
        """As `reserve`, for a call that a batch job will make, by the job's teacher where `identity` is None.

        Raises:
            AlreadyAsked, RoomTaken, BudgetExceeded, DiskFull: as `reserve`.
        """
        self._database.require_room()
        with self._database.write() as connection:
            call_id = reserve_call(
                connection,
                Claim(
                    project_id=job.project_id,
                    identity=identity or job.identity,
                    text_hash=text_hash,
                    cost_bound_usd=cost_bound_usd,
                    tokens_bound=tokens_bound,
                    round_number=job.round_number,
                    batch_job_id=job.job_id,
                ),
                budget=budget,
                total_budget=total_budget,
                with_headroom=True,
                now=self._clock(),
                lost_after_s=self._lost_after_s,
            )
            connection.execute(
                insert(batch_requests).values(call_id=call_id, job_id=job.job_id, text_hash=text_hash, body=body)
            )
        return call_id

    def is_under_way(self, identity: TeacherIdentity, text_hash: str) -> bool:
        """Whether a call about this text waits for its answer and does not yet count as lost."""
        now = self._clock()
        with self._database.read() as connection:
            statement = select(calls.c.call_id).where(
                asks(identity, text_hash),
                calls.c.status == CallStatus.RESERVED,
                or_(
                    calls.c.created_at.between(now - self._lost_after_s, now + self._lost_after_s),
                    calls.c.batch_job_id.is_not(None),
                ),
            )
            return connection.scalar(statement.limit(1)) is not None

    def bound_factor(self, identity: TeacherIdentity) -> float:
        """By how much the bounds of a model's calls are multiplied before they are reserved; 1 or more."""
        with self._database.read() as connection:
            return read_factor(connection, identity.server, identity.model)

    def settle(self, call_id: int, answer: TeacherAnswer) -> None:
        """Write down the answer and what it really cost, also when the call was given up for lost meanwhile.

        If that is more than was reserved, more is reserved for the model's calls from now on. While the disk is full or
        another process keeps the store, it is tried again for a minute: the answer is paid for.
        """
        for pause_s in () if self._database.is_in_transaction else PAUSES_S:
            try:
                self._settle(call_id, answer)
                return
            except StoreDamaged:
                raise
            except StoreFault as exc:
                logger.warning("call %d: %s", call_id, exc, extra={"event": "answer_not_written"})
            self._sleep(pause_s)
        self._settle(call_id, answer)

    def _settle(self, call_id: int, answer: TeacherAnswer) -> None:
        is_open = calls.c.status.in_((CallStatus.RESERVED, CallStatus.FORFEITED))
        with self._database.write() as connection:
            call = connection.execute(select(calls).where(calls.c.call_id == call_id, is_open)).first()
            if call is None:
                return
            is_counted = answer.usage != Usage()
            connection.execute(
                update(calls)
                .where(calls.c.call_id == call_id)
                .values(
                    finished_at=self._clock(),
                    error=call.error,  # of a call that was given up for lost: it failed, though its answer came
                    status=CallStatus.ANSWERED,
                    label=answer.label,
                    no_label_reason=answer.no_label_reason,
                    cut_at=answer.cut_at,
                    raw=answer.raw,
                    prompt_tokens=answer.usage.prompt_tokens,
                    completion_tokens=answer.usage.completion_tokens,
                    reserved_tokens=max(call.reserved_tokens, 0 if is_counted else answer.booked_tokens),
                    cost_usd=answer.cost_usd,
                    latency_s=answer.latency_s,
                    request_id=answer.request_id,
                    probabilities=json.dumps(dict(answer.probabilities)) if answer.probabilities is not None else None,
                    explanation=answer.explanation,
                    parameters=answer.parameters,
                )
            )
            note_overrun(connection, call, answer, self._clock())

    def release(self, call_id: int, error: str) -> None:
        """The call failed and was surely not billed."""
        self._finish(call_id, (CallStatus.RESERVED,), status=CallStatus.RELEASED, error=error)

    def forfeit(self, call_id: int, error: str) -> None:
        """The call failed but may have been billed."""
        self._finish(call_id, (CallStatus.RESERVED,), status=CallStatus.FORFEITED, error=error)

    def forfeit_lost(self, project_id: int) -> int:
        """Close the calls that a crash left open, and count them; only the holder of the lease may.

        Those of batch jobs are no such calls: their answers come.

        Raises:
            LeaseLost: the caller held the lease, and another one has it.
        """
        with self._database.write(project_id) as connection:
            result = connection.execute(
                update(calls)
                .where(
                    calls.c.project_id == project_id,
                    calls.c.status == CallStatus.RESERVED,
                    calls.c.batch_job_id.is_(None),
                )
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
            return sum_spending(connection, project_id)

    def total_spending(self) -> Spending:
        """What all projects have spent together, calls in flight counted in full."""
        with self._database.read() as connection:
            return sum_spending(connection, None)

    def _finish(self, call_id: int, from_: tuple[CallStatus, ...], **values: object) -> None:
        with self._database.write() as connection:
            connection.execute(
                update(calls)
                .where(calls.c.call_id == call_id, calls.c.status.in_(from_))
                .values(finished_at=self._clock(), **values)
            )


def _round_that_asks(connection: Connection, project_id: int) -> int | None:
    """The project's round that is at work on its questions; None for calls outside the rounds."""
    asking = and_(rounds.c.project_id == project_id, rounds.c.step == RoundStep.ASKING)
    number: int | None = connection.scalar(select(func.max(rounds.c.number)).where(asking))
    return number
