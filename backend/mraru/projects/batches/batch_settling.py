"""Settles the calls of batch jobs in the ledger: what was answered, what was not, what may have been billed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from mraru.batch_interfaces import BatchTeacher
from mraru.batch_records import BatchLines, BatchOutcome, BatchProgress
from mraru.errors import TeacherMisconfigured, TeacherUnavailable, WorkInterrupted
from mraru.records import TeacherAnswer, Usage
from mraru.store.ledger.batch_jobs import BatchJob, BatchRequest, BatchStatus
from mraru.store.store import Store

logger = logging.getLogger(__name__)

MOST_UNEXPLAINED = 5  # lines of a job: so many refused for no known reason, and none answered, are a refusal of all
WITHOUT_A_LINE = "the server gave no answer to this request"


class BatchSettling:
    """Looks at jobs under way and writes down what came of each of their calls; a repetition changes nothing."""

    def __init__(
        self, *, store: Store, project_id: int, clock: Callable[[], float], should_stop: Callable[[], bool]
    ) -> None:
        self._store = store
        self._project_id = project_id
        self._clock = clock
        self._should_stop = should_stop

    def look(self, job: BatchJob, teacher: BatchTeacher, *, may_ask: bool) -> None:
        """Note how far a job is, and settle it when it is over.

        Raises:
            TeacherUnavailable: the server did not answer, or ended the job without doing it.
            TeacherMisconfigured: it refuses such jobs as configured; what was answered is kept.
        """
        assert job.remote_id is not None  # written down before a job is under way
        progress = teacher.server.look(job.remote_id)
        self._store.batch_jobs.update(job.job_id, n_done=progress.n_done)
        if not progress.is_over:
            return
        lines = BatchLines(by_call={}, is_whole=False) if progress.is_lost else teacher.server.read(job.remote_id)
        refused = self._settle_all(job, teacher, progress, lines, may_ask=may_ask)
        n_answered = len(self._store.batch_jobs.list_answered(job.job_id))
        status = BatchStatus.THROUGH if n_answered else BatchStatus.FAILED
        self._store.batch_jobs.close(job.job_id, status, self._clock(), progress.error or refused)
        logger.info(
            "batch job %d of project %d is over: %d of %d answered (%s)",
            job.job_id,
            self._project_id,
            n_answered,
            job.n_requests,
            progress.error or "completed",
            extra={"event": "batch_over"},
        )
        if progress.is_refused or refused is not None:
            raise TeacherMisconfigured(
                "The LLM's server refuses batch jobs as configured: check OPENAI_MODEL, OPENAI_API_KEY and the "
                f"account, or unset MRARU_BATCH_API. {refused or progress.error}"
            )
        if not n_answered and progress.error is not None and not progress.error.startswith("cancelled"):
            raise TeacherUnavailable(f"The LLM's server did not do batch job {job.job_id}: {progress.error}")

    def give_up(self, job: BatchJob, error: str) -> None:
        """The job surely was not begun: free its calls."""
        for request in self._store.batch_jobs.list_requests(job.job_id):
            self._store.ledger.release(request.call_id, error)
        self._store.batch_jobs.close(job.job_id, BatchStatus.FAILED, self._clock(), error)

    def forfeit(self, job: BatchJob, error: str) -> None:
        """Nobody will ever know what came of the job: its calls stay spent."""
        for request in self._store.batch_jobs.list_requests(job.job_id):
            self._store.ledger.forfeit(request.call_id, error)
        self._store.batch_jobs.close(job.job_id, BatchStatus.FAILED, self._clock(), error)

    def _settle_all(
        self,
        job: BatchJob,
        teacher: BatchTeacher,
        progress: BatchProgress,
        lines: BatchLines,
        *,
        may_ask: bool,
    ) -> str | None:
        """Settle each open call; returns why the server refuses all such requests, if it does."""
        requests = self._store.batch_jobs.list_requests(job.job_id)
        texts = self._store.tasks.load_texts(self._project_id, [request.text_hash for request in requests])
        refused: str | None = None
        unexplained: list[tuple[BatchRequest, BatchOutcome]] = []
        for request in requests:
            if self._should_stop():
                raise WorkInterrupted
            text = texts.get(request.text_hash, "")
            of_call = lines.by_call.get(request.call_id, ())
            if not of_call:
                self._end(request, progress.error or WITHOUT_A_LINE, maybe_billed=not lines.is_whole)
                continue
            outcome = teacher.conclude(request.body, of_call, text)
            if outcome.answer is None:
                self._end(request, outcome.error or WITHOUT_A_LINE, maybe_billed=outcome.maybe_billed)
                refused = refused or (outcome.error if outcome.is_refused else None)
                continue
            if outcome.is_unexplained:
                unexplained.append((request, outcome))
                continue
            answer = outcome.answer
            if outcome.is_outside_labels:
                may_ask_this = may_ask and bool(text) and teacher.identity == job.identity
                answer = self._ask_again(request, teacher, answer, of_call, text, may_ask=may_ask_this)
            self._store.ledger.settle(request.call_id, answer)
        return self._settle_unexplained(job, unexplained) or refused

    def _settle_unexplained(self, job: BatchJob, refused: Sequence[tuple[BatchRequest, BatchOutcome]]) -> str | None:
        """Settle what was refused without a known reason: as no label or, where nothing was answered, as one of all."""
        is_of_all = len(refused) >= MOST_UNEXPLAINED and not self._store.batch_jobs.list_answered(job.job_id)
        for request, outcome in refused:
            if is_of_all or outcome.answer is None:
                self._end(request, outcome.error or WITHOUT_A_LINE, maybe_billed=False)
            else:
                self._store.ledger.settle(request.call_id, outcome.answer)
        return refused[0][1].error if is_of_all else None

    def _ask_again(
        self,
        request: BatchRequest,
        teacher: BatchTeacher,
        answer: TeacherAnswer,
        lines: tuple[str, ...],
        text: str,
        *,
        may_ask: bool,
    ) -> TeacherAnswer:
        """The answer after asking once more; never twice, also where an end came in between."""
        if request.asked_again_at is not None:
            reason = f"{answer.no_label_reason}; asking again was interrupted"
            return replace(
                answer, no_label_reason=reason, usage=Usage(), cost_usd=max(request.reserved_usd, answer.cost_usd)
            )
        if not may_ask:
            return answer
        self._store.batch_jobs.note_asked_again(request.call_id, self._clock())
        return teacher.ask_again(request.body, lines, text)

    def _end(self, request: BatchRequest, error: str, *, maybe_billed: bool) -> None:
        if maybe_billed:
            self._store.ledger.forfeit(request.call_id, error)
        else:
            self._store.ledger.release(request.call_id, error)
