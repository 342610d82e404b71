"""Takes over what batch jobs have answered as the teacher's labels; none of it is paid for again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mraru.batch_interfaces import BatchTeacher
from mraru.interfaces import Teacher
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.projects.rounds.asking import Asking
from mraru.schema_records import LabelSchema
from mraru.store.ledger.batch_jobs import BatchJob, BatchStatus
from mraru.store.projects.round_repository import Round, RoundKind
from mraru.store.store import Store
from mraru.teachers.shortlists.page_answers import wants_rest


class BatchAnswers:
    """The answers of the jobs of one project, on their way from the ledger into its labels."""

    def __init__(
        self,
        *,
        store: Store,
        project_id: int,
        schema: LabelSchema,
        teacher: Teacher,
        batch_teachers: Sequence[BatchTeacher],
        asking: Asking,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._project_id = project_id
        self._schema = schema
        self._asking = asking
        self._clock = clock
        self._identities = [member.identity for member in batch_teachers]
        self._is_single = self._identities == [teacher.identity]

    @property
    def asks_nobody(self) -> bool:
        """Whether answers are labels as they are: one teacher labels, and not several together."""
        return self._is_single

    def take_over(self, jobs: Sequence[BatchJob], round_: Round) -> None:
        """Give a round the labels of its own jobs; those that came too late for theirs go to one opened for them.

        Raises:
            TeacherError: several teachers label together, and one that was not asked by jobs failed.
        """
        for job in jobs:
            if round_.kind is RoundKind.BATCH_ANSWERS or round_.number == job.round_number:
                self._take_over(job, round_.number)
                self._store.batch_jobs.close(job.job_id, BatchStatus.DONE, self._clock())

    def _take_over(self, job: BatchJob, round_number: int) -> None:
        labelled = read_labelled_set(self._store, self._project_id, self._schema)
        known = labelled.teacher.keys() | labelled.set_aside_teacher.keys()
        answered = self._store.tasks.load_texts(self._project_id, self._store.batch_jobs.list_answered(job.job_id))
        waiting = [text_hash for text_hash in answered if text_hash not in known]
        if self._is_single:
            for text_hash in waiting:
                self._save(job, text_hash, round_number)
        elif job.identity in self._identities:  # what one of several says is no label yet
            self._asking.ask([text_hash for text_hash in waiting if self._is_complete(text_hash)], round_number)

    def _is_complete(self, text_hash: str) -> bool:
        ledger = self._store.project_ledger(self._project_id)
        return all(ledger.find_answer(identity, text_hash) is not None for identity in self._identities)

    def _save(self, job: BatchJob, text_hash: str, round_number: int) -> None:
        """Keep one answer as it is, also of a prompt that has changed since, or with a label that is gone.

        One that no label fits of those that were shown is kept in the ledger alone: the ordinary asking finds it
        there, and shows the rest at once.
        """
        identity = self._store.batch_jobs.find_identity(job, text_hash)
        answer = self._store.project_ledger(self._project_id).find_answer(identity, text_hash)
        if answer is None or wants_rest(answer):
            return
        self._store.teacher_labels.save(
            self._project_id,
            text_hash=text_hash,
            answer=answer,
            identity=identity,
            round_number=round_number,
            at=self._clock(),
        )
