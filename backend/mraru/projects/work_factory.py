"""Puts together what the work on one project needs, from the parts that its loop is made of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from mraru.batch_interfaces import BatchTeacher
from mraru.interfaces import Student, Teacher
from mraru.projects.audits.auditing import Auditing
from mraru.projects.batches.batch_answers import BatchAnswers
from mraru.projects.batches.batching import Batching
from mraru.projects.diagnoses.diagnosing import Diagnosing
from mraru.projects.final_labels.scoring import Scoring
from mraru.projects.learning.labelled_set import LabelledSet, read_labelled_set
from mraru.projects.learning.unlabelled_pool import UnlabelledPool
from mraru.projects.predictions.data_manager_tabs import Tabs
from mraru.projects.predictions.pushing import Pushing
from mraru.projects.predictions.tidying import Tidying
from mraru.projects.project_context import ProjectContext
from mraru.projects.rounds.asking import Asking
from mraru.projects.rounds.round_work import RoundWork
from mraru.projects.rounds.seeding import Seeding
from mraru.projects.stopping.stop_set import make_stop_set
from mraru.schema_records import LabelSchema


class WorkFactory:
    """Each part is made anew when it is asked for; none keeps state of its own."""

    def __init__(self, project_id: int, context: ProjectContext) -> None:
        self._project_id = project_id
        self._context = context
        self._store = context.store

    def read_labelled_set(self, schema: LabelSchema) -> LabelledSet:
        return read_labelled_set(self._store, self._project_id, schema)

    def unlabelled(self, labelled: LabelledSet) -> UnlabelledPool:
        """The texts that neither teacher nor people have looked at."""
        return UnlabelledPool(self._store, self._project_id, self._context.student_embedder, labelled.known)

    def make_diagnosing(self, schema: LabelSchema) -> Diagnosing:
        return Diagnosing(
            store=self._store,
            project_id=self._project_id,
            embedder=self._context.embedder,
            schema=schema,
            config=self._context.config,
        )

    def make_batching(self, teachers: Sequence[BatchTeacher]) -> Batching:
        return Batching(
            store=self._store,
            project_id=self._project_id,
            teachers=teachers,
            config=self._context.config,
            clock=self._context.clock,
            should_stop=self._context.should_stop,
        )

    def make_batch_answers(
        self, schema: LabelSchema, teacher: Teacher, batch_teachers: Sequence[BatchTeacher]
    ) -> BatchAnswers:
        return BatchAnswers(
            store=self._store,
            project_id=self._project_id,
            schema=schema,
            teacher=teacher,
            batch_teachers=batch_teachers,
            asking=self._make_asking(teacher),
            clock=self._context.clock,
        )

    def make_scoring(self, student: Student, labelled: LabelledSet, schema: LabelSchema) -> Scoring:
        return Scoring(
            store=self._store,
            project_id=self._project_id,
            embedder=self._context.student_embedder,
            make_student=partial(self._context.make_student, schema),
            student=student,
            labelled=labelled,
            schema=schema,
            seed=self._context.config.seed,
            soft_labels=self._context.config.soft_labels,
        )

    def make_pushing(self, schema: LabelSchema) -> Pushing:
        return Pushing(
            store=self._store,
            project_id=self._project_id,
            schema=schema,
            label_studio=self._context.label_studio,
            embedding_model=self._context.student_embedder.name,
            push_limit=self._context.config.push_limit,
            auditing=Auditing(
                store=self._store,
                project_id=self._project_id,
                config=self._context.config,
                clock=self._context.clock,
            ),
            clock=self._context.clock,
            should_stop=self.is_left_alone,
            tabs=Tabs(self._store, self._context.views, self._project_id) if self._context.views is not None else None,
        )

    def make_work(self, schema: LabelSchema, teacher: Teacher) -> RoundWork:
        config = self._context.config
        return RoundWork(
            store=self._store,
            project_id=self._project_id,
            schema=schema,
            config=config,
            asking=self._make_asking(teacher),
            seeding=Seeding(self._store, self._project_id, schema, self._context.embedder, config),
            training=self._context.make_training(self._project_id, schema),
            pushing=self.make_pushing(schema),
            make_scoring=lambda student, labelled: self.make_scoring(student, labelled, schema),
            read_labelled_set=lambda: self.read_labelled_set(schema),
            clock=self._context.clock,
            stop_set=make_stop_set(self._store, self._project_id, self._context.student_embedder, config),
        )

    def _make_asking(self, teacher: Teacher) -> Asking:
        return Asking(
            store=self._store,
            project_id=self._project_id,
            teacher=teacher,
            concurrency=self._context.config.teacher_concurrency,
            clock=self._context.clock,
            should_stop=self.should_stop,
        )

    def make_tidying(self, schema: LabelSchema) -> Tidying:
        return Tidying(
            store=self._store,
            project_id=self._project_id,
            label_studio=self._context.label_studio,
            schema=schema,
            clock=self._context.clock,
            should_stop=self.is_left_alone,
        )

    def should_stop(self) -> bool:
        """The worker is shutting down, or the project was disconnected or paused by a person meanwhile."""
        project = self._store.projects.get(self._project_id)
        return self.is_left_alone() or (project is not None and project.waits_for_people)

    def is_left_alone(self) -> bool:
        """The worker is shutting down, or the project was disconnected."""
        project = self._store.projects.get(self._project_id)
        return self._context.should_stop() or project is None or not project.is_started
