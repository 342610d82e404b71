"""The book of every call to the teacher: reserved before it, settled after it, never deleted."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from mraru.errors import AlreadyAsked
from mraru.records import Budget, Spending, TeacherAnswer, TeacherIdentity, Usage
from mraru.store.batch_jobs import BatchJob
from mraru.store.database import Database
from mraru.store.project_settings import read_budget
from mraru.store.rounds import RoundStep
from mraru.store.spending import CallStatus, check_budget, sum_spending
from mraru.store.tables import batch_requests, calls, rounds

logger = logging.getLogger(__name__)

LOST_AFTER_S = 600.0  # seconds after which a call of another process counts as lost


class LedgerRepository:
    """A `Ledger` in the database; the write lock makes each reservation atomic across processes.

    An open reservation keeps everybody else from the same question. One that has been open for `lost_after_s`
    is that of a dead process: whoever asks next forfeits it and makes the call. Should its answer come after
    all, it is written down: it was paid for. The calls of a batch job may take a day: they are never given up
    here, only by whoever looks after the job.
    """

    def __init__(
        self, database: Database, clock: Callable[[], float] = time.time, lost_after_s: float = LOST_AFTER_S
    ) -> None:
        self._database = database
        self._clock = clock
        self._lost_after_s = lost_after_s

    def find_answer(self, identity: TeacherIdentity, text_hash: str) -> TeacherAnswer | None:
        """The answer that was paid for, in whatever project; None if the text was never answered."""
        with self._database.read() as connection:
            row = connection.execute(
                select(calls)
                .where(_asks(identity, text_hash), calls.c.status == CallStatus.ANSWERED)
                .order_by(calls.c.call_id)
                .limit(1)
            ).first()
        if row is None:
            return None
        return TeacherAnswer(
            label=row.label,
            raw=row.raw,
            no_label_reason=row.no_label_reason,
            probabilities=_read_probabilities(row.probabilities),
            explanation=row.explanation,
            parameters=row.parameters,
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
        tokens_bound: int,
        budget: Budget,
        total_budget: Budget | None = None,
    ) -> int:
        """Claim a question and book its call before it is made; returns the call's number.

        Raises:
            AlreadyAsked: the same question is answered, or a call about it is under way.
            BudgetExceeded: what is spent and reserved leaves no room for it.
        """
        with self._database.write() as connection:
            return self._reserve(
                connection,
                project_id,
                identity,
                text_hash,
                cost_bound_usd,
                tokens_bound,
                budget,
                total_budget,
                round_number=_round_that_asks(connection, project_id),
            )

    def reserve_in_batch(
        self,
        job: BatchJob,
        *,
        text_hash: str,
        body: str,
        cost_bound_usd: float,
        tokens_bound: int,
        budget: Budget,
        total_budget: Budget | None = None,
    ) -> int:
        """As `reserve`, for a call that a batch job will make; its request is written down with it.

        Raises:
            AlreadyAsked, BudgetExceeded: as `reserve`.
        """
        with self._database.write() as connection:
            call_id = self._reserve(
                connection,
                job.project_id,
                job.identity,
                text_hash,
                cost_bound_usd,
                tokens_bound,
                budget,
                total_budget,
                round_number=job.round_number,
                batch_job_id=job.job_id,
            )
            connection.execute(
                insert(batch_requests).values(call_id=call_id, job_id=job.job_id, text_hash=text_hash, body=body)
            )
        return call_id

    def is_under_way(self, identity: TeacherIdentity, text_hash: str) -> bool:
        """Whether a call about this text waits for its answer and does not yet count as lost."""
        with self._database.read() as connection:
            statement = select(calls.c.call_id).where(
                _asks(identity, text_hash),
                calls.c.status == CallStatus.RESERVED,
                or_(calls.c.created_at > self._clock() - self._lost_after_s, calls.c.batch_job_id.is_not(None)),
            )
            return connection.scalar(statement.limit(1)) is not None

    def settle(self, call_id: int, answer: TeacherAnswer) -> None:
        """Write down the answer and what it really cost, also when the call was given up for lost meanwhile."""
        self._finish(
            call_id,
            (CallStatus.RESERVED, CallStatus.FORFEITED),
            error=None,
            status=CallStatus.ANSWERED,
            label=answer.label,
            no_label_reason=answer.no_label_reason,
            raw=answer.raw,
            prompt_tokens=answer.usage.prompt_tokens,
            completion_tokens=answer.usage.completion_tokens,
            cost_usd=answer.cost_usd,
            latency_s=answer.latency_s,
            request_id=answer.request_id,
            probabilities=json.dumps(dict(answer.probabilities)) if answer.probabilities is not None else None,
            explanation=answer.explanation,
            parameters=answer.parameters,
        )

    def release(self, call_id: int, error: str) -> None:
        """The call failed and was surely not billed."""
        self._finish(call_id, (CallStatus.RESERVED,), status=CallStatus.RELEASED, error=error)

    def forfeit(self, call_id: int, error: str) -> None:
        """The call failed but may have been billed."""
        self._finish(call_id, (CallStatus.RESERVED,), status=CallStatus.FORFEITED, error=error)

    def forfeit_lost(self, project_id: int) -> int:
        """Close the calls that a crash left open, and count them; only the holder of the lease may.

        Those of batch jobs are no such calls: their answers come.
        """
        with self._database.write() as connection:
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

    def _reserve(
        self,
        connection: Connection,
        project_id: int,
        identity: TeacherIdentity,
        text_hash: str,
        cost_bound_usd: float,
        tokens_bound: int,
        budget: Budget,
        total_budget: Budget | None,
        *,
        round_number: int | None,
        batch_job_id: int | None = None,
    ) -> int:
        self._claim(connection, identity, text_hash)
        own_budget = read_budget(connection, project_id, budget)  # here: a lowered one holds from the next call on
        check_budget(connection, project_id, own_budget, cost_usd=cost_bound_usd, n_tokens=tokens_bound)
        if total_budget is not None and total_budget != Budget():
            check_budget(connection, None, total_budget, cost_usd=cost_bound_usd, n_tokens=tokens_bound)
        call_id = connection.scalar(
            insert(calls)
            .values(
                project_id=project_id,
                model=identity.model,
                prompt_version=identity.prompt_version,
                is_zero_shot=identity.is_zero_shot,
                server=identity.server,
                round_number=round_number,
                text_hash=text_hash,
                status=CallStatus.RESERVED,
                reserved_usd=cost_bound_usd,
                reserved_tokens=tokens_bound,
                batch_job_id=batch_job_id,
                created_at=self._clock(),
            )
            .returning(calls.c.call_id)
        )
        assert call_id is not None  # RETURNING of an insert gives a row
        return int(call_id)

    def _claim(self, connection: Connection, identity: TeacherIdentity, text_hash: str) -> None:
        rows = connection.execute(
            select(calls.c.call_id, calls.c.status, calls.c.created_at, calls.c.batch_job_id).where(
                _asks(identity, text_hash), calls.c.status.in_((CallStatus.ANSWERED, CallStatus.RESERVED))
            )
        ).all()
        lost_before = self._clock() - self._lost_after_s
        if any(
            row.status == CallStatus.ANSWERED or row.created_at > lost_before or row.batch_job_id is not None
            for row in rows
        ):
            raise AlreadyAsked
        for row in rows:
            logger.warning(
                "call %d has had no answer for %.0f s: it counts as lost, and its text is asked about again",
                row.call_id,
                self._lost_after_s,
                extra={"event": "call_lost"},
            )
            connection.execute(
                update(calls)
                .where(calls.c.call_id == row.call_id)
                .values(
                    status=CallStatus.FORFEITED,
                    error=f"no answer was written down within {self._lost_after_s:.0f} s",
                    finished_at=self._clock(),
                )
            )

    def _finish(self, call_id: int, from_: tuple[CallStatus, ...], **values: object) -> None:
        with self._database.write() as connection:
            connection.execute(
                update(calls)
                .where(calls.c.call_id == call_id, calls.c.status.in_(from_))
                .values(finished_at=self._clock(), **values)
            )


def _asks(identity: TeacherIdentity, text_hash: str) -> ColumnElement[bool]:
    """The same question; rows without a server are from before servers were written down."""
    return and_(
        calls.c.text_hash == text_hash,
        calls.c.model == identity.model,
        calls.c.prompt_version == identity.prompt_version,
        calls.c.server.in_({identity.server, ""}),
    )


def _round_that_asks(connection: Connection, project_id: int) -> int | None:
    """The project's round that is at work on its questions; None for calls outside the rounds."""
    asking = and_(rounds.c.project_id == project_id, rounds.c.step == RoundStep.ASKING)
    number: int | None = connection.scalar(select(func.max(rounds.c.number)).where(asking))
    return number


def _read_probabilities(stored: str | None) -> tuple[tuple[str, float], ...] | None:
    return tuple(json.loads(stored).items()) if stored is not None else None
