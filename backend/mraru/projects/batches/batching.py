"""A round's texts as batch jobs: reserved, submitted, looked at, settled in the ledger, each step written down.

A job only fills the ledger; the ordinary asking then finds its answers there and asks about what is left.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from mraru.batch_interfaces import BatchTeacher
from mraru.errors import AlreadyAsked, BudgetExceeded, RoomTaken, TeacherError, TeacherMisconfigured
from mraru.projects.batches.batch_settling import BatchSettling
from mraru.records import TeacherIdentity
from mraru.settings import Settings
from mraru.store.ledger.batch_jobs import BatchJob, BatchStatus
from mraru.store.moments import is_older
from mraru.store.projects.round_repository import Round, RoundKind, RoundStep
from mraru.store.store import Store
from mraru.teachers.guards.label_watch import check_labels

logger = logging.getLogger(__name__)

MAX_JOBS = 3  # per round and teacher; what is unanswered then is asked one by one
SUBMIT_GRACE_S = 60.0  # seconds after which a job that the server does not list was surely not begun
UNREACHABLE_AFTER_S = 7 * 24 * 3600.0  # seconds after which a job on another server is given up
CANCELLED = "cancelled"  # begins the error of a job that somebody cancelled
ELSEWHERE = "batch-job-elsewhere"  # code of the warning


class Batching:
    """The batch jobs of one project; only the holder of its lease may call it."""

    def __init__(
        self,
        *,
        store: Store,
        project_id: int,
        teachers: Sequence[BatchTeacher],
        config: Settings,
        clock: Callable[[], float],
        should_stop: Callable[[], bool],
    ) -> None:
        """Nothing is sent.

        Args:
            teachers: each LLM that may be asked by batch jobs, also while that is turned off: jobs under way are
                looked after.
        """
        self._store = store
        self._project_id = project_id
        self._teachers = teachers
        self._config = config
        self._clock = clock
        self._settling = BatchSettling(store=store, project_id=project_id, clock=clock, should_stop=should_stop)

    def look_after(self, open_round: Round | None, *, may_ask: bool) -> None:
        """Bring every open job one step further: none is waited for, none is looked at more often than set.

        Args:
            may_ask: whether a wrong answer may be asked again at once.

        Raises:
            TeacherError: the first of any job; the others were looked after all the same.
        """
        failure: TeacherError | None = None
        is_elsewhere = False
        for job in self._store.batch_jobs.list_open(self._project_id):
            teacher = self._teacher_of(job)
            try:
                if job.status is BatchStatus.PREPARING:
                    if not self._is_wanted(job, open_round):
                        self._settling.give_up(job, "the job was not submitted, as nobody waits for it any more")
                elif job.status is BatchStatus.THROUGH:
                    continue
                elif teacher is None:
                    is_elsewhere |= self._leave_alone(job)
                elif self._is_due(job):
                    self._store.batch_jobs.update(job.job_id, polled_at=self._clock())
                    if job.status is BatchStatus.SUBMITTING:
                        self._find_again(job, teacher)
                    else:
                        self._settling.look(job, teacher, may_ask=may_ask)
            except TeacherError as exc:
                failure = failure or exc
        if not is_elsewhere:
            self._store.warnings.withdraw(self._project_id, ELSEWHERE)
        if failure is not None:
            raise failure

    def prefill(self, round_: Round, text_hashes: Sequence[str]) -> bool:
        """Have the unasked texts of a round asked by jobs, where that is set; True while any of them is waited for.

        Raises:
            LabelsNotNamed: what came of the last answers says that no label is to be expected; nothing was asked.
            TeacherError: a job could not be submitted.
        """
        if self._config.batch_api and round_.kind is not RoundKind.SEED and round_.step is RoundStep.ASKING:
            taken = self.waiting_texts()
            texts = self._store.tasks.load_texts(self._project_id, text_hashes)
            for teacher in self._teachers:
                self._prefill(teacher, round_, {name: text for name, text in texts.items() if name not in taken})
        return bool(self.waiting_texts() & set(text_hashes))

    def waiting_texts(self) -> set[str]:
        """Hashes of the texts that jobs are about, of this project or of others that ask the same."""
        identities = [teacher.identity for teacher in self._teachers]
        listed = self._store.batch_jobs.list_open(self._project_id)
        elsewhere = [job.job_id for job in listed if self._teacher_of(job) is None]  # not to be waited for
        return self._store.batch_jobs.list_waiting_texts(self._project_id, identities, but_of=elsewhere)

    def is_waiting(self) -> bool:
        """Whether a job of this project is under way that can be looked at."""
        return any(
            self._teacher_of(job) is not None and job.status is not BatchStatus.THROUGH
            for job in self._store.batch_jobs.list_open(self._project_id)
        )

    def list_through(self) -> list[BatchJob]:
        """Jobs whose answers are to be taken over as labels."""
        listed = self._store.batch_jobs.list_open(self._project_id)
        return [job for job in listed if job.status is BatchStatus.THROUGH]

    def _teacher_of(self, job: BatchJob) -> BatchTeacher | None:
        """Who can look at a job: the one who asks it or, where its prompt has changed, another on its server."""
        there = [teacher for teacher in self._teachers if teacher.identity.server == job.server]
        return min(there, key=lambda teacher: _distance(teacher.identity, job.identity), default=None)

    def _is_wanted(self, job: BatchJob, open_round: Round | None) -> bool:
        is_asking = open_round is not None and open_round.step is RoundStep.ASKING
        return (
            self._config.batch_api
            and is_asking
            and open_round is not None
            and open_round.number == job.round_number
            and job.identity in [teacher.identity for teacher in self._teachers]
        )

    def _is_due(self, job: BatchJob) -> bool:
        return job.polled_at is None or is_older(job.polled_at, self._clock(), self._config.batch_poll_s)

    def _prefill(self, teacher: BatchTeacher, round_: Round, texts: Mapping[str, str]) -> None:
        jobs = self._store.batch_jobs.list_all(self._project_id)
        of_round = [job for job in jobs if job.round_number == round_.number and job.identity == teacher.identity]
        current = next((job for job in of_round if not job.is_over), None)
        if current is not None and current.status is not BatchStatus.PREPARING:
            return
        submitted = [job for job in of_round if job.submitted_at is not None]
        if current is None and (len(submitted) >= MAX_JOBS or any(_was_cancelled(job) for job in of_round)):
            return
        ledger = self._store.project_ledger(self._project_id)
        wanted = [name for name in texts if ledger.find_answer(teacher.identity, name) is None]
        if current is None:
            if not wanted:
                return
            check_labels(self._store.label_watches, self._project_id, teacher.identity)
            current = self._store.batch_jobs.open(
                self._project_id, round_number=round_.number, identity=teacher.identity, at=self._clock()
            )
        for text_hash in wanted:
            self._reserve(current, teacher, text_hash, texts[text_hash])
        self._submit(current, teacher)

    def _reserve(self, job: BatchJob, teacher: BatchTeacher, text_hash: str, text: str) -> None:
        """Book the call, unless it is asked elsewhere or the budget has no room for it beside the job's other calls."""
        try:
            self._store.ledger.reserve_in_batch(
                job,
                identity=teacher.identity_of(text),
                text_hash=text_hash,
                body=teacher.plan(text),
                cost_bound_usd=teacher.cost_bound_usd(text),
                tokens_bound=teacher.tokens_bound(text),
                budget=self._config.budget,
                total_budget=self._config.total_budget,
            )
        except (AlreadyAsked, RoomTaken, BudgetExceeded) as exc:
            logger.debug("a text is left out of a batch job: %s", exc)

    def _submit(self, job: BatchJob, teacher: BatchTeacher) -> None:
        """Upload, then create: what was begun is found again by its mark, so no job is ever begun twice."""
        requests = self._store.batch_jobs.list_requests(job.job_id)
        if not requests:
            self._store.batch_jobs.discard(job.job_id)
            return
        try:
            file_id = teacher.server.upload({request.call_id: request.body for request in requests})
            self._store.batch_jobs.update(
                job.job_id,
                status=BatchStatus.SUBMITTING,
                n_requests=len(requests),
                submitted_at=self._clock(),
                polled_at=self._clock(),
            )
            remote_id = teacher.server.create(file_id, job.mark)
        except TeacherMisconfigured as exc:
            self._settling.give_up(job, str(exc))
            raise
        self._note_begun(job, remote_id)

    def _find_again(self, job: BatchJob, teacher: BatchTeacher) -> None:
        """After an end between creating a job and writing down its number: ask the server whether it has it."""
        submitted_at = job.submitted_at or job.created_at
        remote_id = teacher.server.find(job.mark, submitted_at)
        if remote_id is not None:
            self._note_begun(job, remote_id)
        elif self._clock() >= submitted_at + SUBMIT_GRACE_S:
            self._store.batch_jobs.update(job.job_id, status=BatchStatus.PREPARING)

    def _note_begun(self, job: BatchJob, remote_id: str) -> None:
        self._store.batch_jobs.update(job.job_id, status=BatchStatus.UNDER_WAY, remote_id=remote_id)
        logger.info(
            "project %d round %d: batch job %d is under way as %s",
            self._project_id,
            job.round_number,
            job.job_id,
            remote_id,
            extra={"event": "batch_submitted"},
        )

    def _leave_alone(self, job: BatchJob) -> bool:
        """Nobody here can ask the job's server; False once it was waited for in vain."""
        if self._clock() >= (job.submitted_at or job.created_at) + UNREACHABLE_AFTER_S:
            self._settling.forfeit(job, f"{job.server} was not asked for the answers for too long")
            return False
        self._store.warnings.note(
            self._project_id,
            ELSEWHERE,
            f"Batch job {job.job_id} is at {job.server}, which is not the LLM's server any more: set it back to fetch "
            "the answers, or they count as spent and lost.",
            self._clock(),
        )
        return True


def _distance(one: TeacherIdentity, other: TeacherIdentity) -> tuple[bool, bool]:
    return one.model != other.model, one != other


def _was_cancelled(job: BatchJob) -> bool:
    return job.error is not None and job.error.startswith(CANCELLED)
