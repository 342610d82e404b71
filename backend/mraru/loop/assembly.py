"""Puts together what the work on one project needs, from the parts that its loop is made of."""

from __future__ import annotations

from collections.abc import Sequence

from mraru.interfaces import BatchTeacher, Student, Teacher
from mraru.loop.asking import Asking
from mraru.loop.auditing import Auditing
from mraru.loop.batch_answers import BatchAnswers
from mraru.loop.batching import Batching
from mraru.loop.diagnosing import Diagnosing
from mraru.loop.label_book import LabelBook, read_label_book
from mraru.loop.parts import LoopParts
from mraru.loop.pool import UnlabelledPool
from mraru.loop.pushing import Pushing
from mraru.loop.rounds import RoundWork
from mraru.loop.scoring import Scoring
from mraru.loop.seeding import Seeding
from mraru.loop.stop_set import make_stop_set
from mraru.loop.tabs import Tabs
from mraru.loop.tidying import Tidying
from mraru.records import LabelSchema


class Assembly:
    """Each part is made anew when it is asked for; none keeps state of its own."""

    def __init__(self, project_id: int, parts: LoopParts) -> None:
        self._project_id = project_id
        self._parts = parts
        self._store = parts.store

    def read_book(self, schema: LabelSchema) -> LabelBook:
        return read_label_book(self._store, self._project_id, schema)

    def unlabelled(self, book: LabelBook) -> UnlabelledPool:
        """The texts that neither teacher nor people have looked at."""
        return UnlabelledPool(self._store, self._project_id, self._parts.student_embedder, book.known)

    def make_diagnosing(self, schema: LabelSchema) -> Diagnosing:
        return Diagnosing(
            store=self._store,
            project_id=self._project_id,
            embedder=self._parts.embedder,
            schema=schema,
            options=self._parts.options,
        )

    def make_batching(self, teachers: Sequence[BatchTeacher]) -> Batching:
        return Batching(
            store=self._store,
            project_id=self._project_id,
            teachers=teachers,
            options=self._parts.options,
            clock=self._parts.clock,
            should_stop=self._parts.should_stop,
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
            clock=self._parts.clock,
        )

    def make_scoring(self, student: Student, book: LabelBook, schema: LabelSchema) -> Scoring:
        return Scoring(
            store=self._store,
            project_id=self._project_id,
            embedder=self._parts.student_embedder,
            make_student=self._parts.make_student,
            student=student,
            book=book,
            schema=schema,
            seed=self._parts.options.seed,
            soft_labels=self._parts.options.soft_labels,
        )

    def make_pushing(self, schema: LabelSchema) -> Pushing:
        return Pushing(
            store=self._store,
            project_id=self._project_id,
            schema=schema,
            label_studio=self._parts.label_studio,
            embedding_model=self._parts.student_embedder.name,
            push_limit=self._parts.options.push_limit,
            auditing=Auditing(
                store=self._store,
                project_id=self._project_id,
                options=self._parts.options,
                clock=self._parts.clock,
            ),
            clock=self._parts.clock,
            should_stop=self.is_left_alone,
            tabs=Tabs(self._store, self._parts.views, self._project_id) if self._parts.views is not None else None,
        )

    def make_work(self, schema: LabelSchema, teacher: Teacher) -> RoundWork:
        options = self._parts.options
        return RoundWork(
            store=self._store,
            project_id=self._project_id,
            schema=schema,
            options=options,
            asking=self._make_asking(teacher),
            seeding=Seeding(self._store, self._project_id, schema, self._parts.embedder, options),
            training=self._parts.make_training(self._project_id),
            pushing=self.make_pushing(schema),
            make_scoring=lambda student, book: self.make_scoring(student, book, schema),
            read_book=lambda: self.read_book(schema),
            clock=self._parts.clock,
            stop_set=make_stop_set(self._store, self._project_id, self._parts.student_embedder, options),
        )

    def _make_asking(self, teacher: Teacher) -> Asking:
        return Asking(
            store=self._store,
            project_id=self._project_id,
            teacher=teacher,
            concurrency=self._parts.options.teacher_concurrency,
            clock=self._parts.clock,
            should_stop=self.should_stop,
        )

    def make_tidying(self, schema: LabelSchema) -> Tidying:
        return Tidying(
            store=self._store,
            project_id=self._project_id,
            label_studio=self._parts.label_studio,
            schema=schema,
            clock=self._parts.clock,
            should_stop=self.is_left_alone,
        )

    def should_stop(self) -> bool:
        """The worker is shutting down, or the project was disconnected or paused by a person meanwhile."""
        project = self._store.projects.get(self._project_id)
        return self.is_left_alone() or (project is not None and project.is_paused_by_person)

    def is_left_alone(self) -> bool:
        """The worker is shutting down, or the project was disconnected."""
        project = self._store.projects.get(self._project_id)
        return self._parts.should_stop() or project is None or not project.is_started
