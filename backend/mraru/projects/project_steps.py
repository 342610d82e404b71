"""The pieces of work of which a project's loop is made, each taken when `next_step` says that it comes next."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mraru.errors import TeacherError, TooFewClasses
from mraru.interfaces import Student, Teacher
from mraru.projects.batches.batch_answers import BatchAnswers
from mraru.projects.batches.batching import Batching
from mraru.projects.covering import Covering
from mraru.projects.diagnoses.overrun_warning import note_overruns
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.projects.learning.unlabelled_pool import UnlabelledPool
from mraru.projects.next_step import NextStep, Situation, choose_step
from mraru.projects.project_context import MORE, Advance, ProjectContext
from mraru.projects.rounds.round_work import RoundWork
from mraru.projects.stopping.stop_decision import Stopping
from mraru.projects.syncing.corrections import corrections_due_at
from mraru.projects.syncing.text_look import require_texts
from mraru.projects.work_factory import WorkFactory
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import Project, ProjectState
from mraru.store.projects.round_repository import Round, RoundKind, RoundStep

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What lies ready for one piece of work."""

    project: Project
    schema: LabelSchema
    now: float
    due_at: float | None  # when corrections are to be learned
    last_round: Round | None
    teacher: Teacher
    work: RoundWork
    batching: Batching
    answers: BatchAnswers
    may_ask: bool

    @property
    def open_round(self) -> Round | None:
        """The last round, where it is not done."""
        return self.last_round if self.last_round is not None and self.last_round.step is not RoundStep.DONE else None

    def get_open_round(self) -> Round:
        round_ = self.open_round
        assert round_ is not None  # the step was chosen by it
        return round_

    @property
    def are_due(self) -> bool:
        """Whether corrections are."""
        return self.due_at is not None and self.due_at <= self.now


class ProjectSteps:
    """What can be done next for one project; only the holder of its lease may call it."""

    def __init__(self, project_id: int, context: ProjectContext, factory: WorkFactory) -> None:
        self._project_id = project_id
        self._context = context
        self._store = context.store
        self._factory = factory
        self._covering = Covering(project_id, context, factory)
        self._steps: Mapping[NextStep, Callable[[_Desk], Advance]] = {
            NextStep.ASK: self._ask,
            NextStep.FINISH_ROUND: self._finish_round,
            NextStep.LEARN_CORRECTIONS: self._learn_corrections,
            NextStep.TAKE_OVER_ANSWERS: self._take_over_answers,
            NextStep.WAIT: self._wait,
            NextStep.COVER: self._cover,
            NextStep.OPEN_ROUND: self._open_round,
        }

    def take_next(self, project: Project, schema: LabelSchema, now: float, *, may_ask: bool) -> Advance:
        """Do what comes next, and say what is left.

        Args:
            may_ask: whether a call to the teacher may begin now.

        Raises:
            MRaruError: it could not be done.
        """
        teacher = self._context.make_teacher(project, schema)
        note_overruns(self._store, self._project_id, teacher, now)
        batch_teachers = self._context.make_batch_teachers(project, schema)
        desk = _Desk(
            project=project,
            schema=schema,
            now=now,
            due_at=corrections_due_at(self._store, project, self._context.config, now),
            last_round=self._last_round(),
            teacher=teacher,
            work=self._factory.make_work(schema, teacher),
            batching=self._factory.make_batching(batch_teachers),
            answers=self._factory.make_batch_answers(schema, teacher, batch_teachers),
            may_ask=may_ask,
        )
        self._look_after_jobs(desk)
        return self._steps[choose_step(self._situation(desk))](desk)

    def _look_after_jobs(self, desk: _Desk) -> None:
        try:
            desk.batching.look_after(desk.open_round, may_ask=desk.may_ask)
        except TeacherError as exc:
            if desk.may_ask:
                raise
            logger.warning("project %d: %s", self._project_id, exc, extra={"event": "batch_failed"})

    def _situation(self, desk: _Desk) -> Situation:
        project, open_round = desk.project, desk.open_round
        return Situation(
            open_step=open_round.step if open_round is not None else None,
            may_ask=desk.may_ask,
            is_stopping=self._factory.should_stop(),
            waits_for_people=project.waits_for_people,
            has_failed=project.state is ProjectState.FAILED,
            corrections_are_due=desk.are_due,
            was_correction=desk.last_round is not None and desk.last_round.kind is RoundKind.CORRECTIONS,
            has_answers=bool(desk.batching.list_through()) and (project.may_ask or desk.answers.asks_nobody),
            has_jobs=desk.batching.is_waiting(),
        )

    def _ask(self, desk: _Desk) -> Advance:
        round_ = desk.get_open_round()
        desk.answers.take_over(desk.batching.list_through(), round_)
        is_sent = desk.batching.prefill(round_, desk.work.list_unasked(round_))
        if is_sent and not desk.are_due:
            return self._wait(desk)
        may_ask = not is_sent  # people do not wait for a job
        desk.work.finish(round_, ask=may_ask)
        if round_.kind is RoundKind.SEED and may_ask:
            self._store.projects.set_seeded(self._project_id)
        return MORE

    def _finish_round(self, desk: _Desk) -> Advance:
        round_ = desk.get_open_round()
        desk.work.finish(round_, ask=desk.may_ask)
        if round_.kind is RoundKind.SEED and desk.may_ask:
            self._store.projects.set_seeded(self._project_id)
        return MORE

    def _take_over_answers(self, desk: _Desk) -> Advance:
        late = desk.work.open_unsampled(RoundKind.BATCH_ANSWERS)
        desk.answers.take_over(desk.batching.list_through(), late)
        desk.work.finish(late, ask=False)
        return MORE

    def _cover(self, desk: _Desk) -> Advance:
        """Give the rest of the tasks a prediction; a paused project's diagnoses are kept up to date, too."""
        if desk.open_round is None and desk.project.state is not ProjectState.FAILED:
            labelled = self._factory.read_labelled_set(desk.schema)
            self._factory.make_diagnosing(desk.schema).note(labelled, desk.teacher.identity, desk.now)
        return self._covering.advance(desk.project, desk.schema, desk.due_at, desk.now)

    def _open_round(self, desk: _Desk) -> Advance:
        project, schema = desk.project, desk.schema
        labelled = self._factory.read_labelled_set(schema)
        self._factory.make_diagnosing(schema).note(labelled, desk.teacher.identity, desk.now)
        pool = self._factory.unlabelled(labelled)
        reason = self._reason_to_stop(desk.teacher, desk.work, pool)
        if reason is None:
            if not project.is_seeded:
                require_texts(self._store, self._project_id)
            self._context.check_teacher(project, schema)
            self._store.projects.set_state(self._project_id, ProjectState.RUNNING)
            self._open_next_round(project, desk.work, labelled, schema, pool)
            return MORE
        self._store.projects.set_state(self._project_id, ProjectState.STOPPED, reason)
        if desk.are_due:
            return self._learn_corrections(desk)
        return self._covering.advance(project, schema, desk.due_at, desk.now)

    def _learn_corrections(self, desk: _Desk) -> Advance:
        desk.work.finish(desk.work.open_unsampled(RoundKind.CORRECTIONS), ask=False)
        return MORE

    def _wait(self, desk: _Desk) -> Advance:
        """Write what is left to write until the batch job is looked at again."""
        if desk.project.state is not ProjectState.FAILED:
            self._store.projects.set_state(self._project_id, ProjectState.RUNNING)
        due_at = corrections_due_at(self._store, desk.project, self._context.config, desk.now)
        covered = self._covering.advance(desk.project, desk.schema, due_at, desk.now)
        poll_at = desk.now + self._context.config.batch_poll_s
        return covered if covered.more else Advance(again_at=min(poll_at, covered.again_at or poll_at))

    def _open_next_round(
        self, project: Project, work: RoundWork, labelled: LabelledSet, schema: LabelSchema, pool: UnlabelledPool
    ) -> None:
        if not project.is_seeded:
            if labelled.missing_classes(schema):
                work.open_unsampled(RoundKind.SEED)
                return
            self._store.projects.set_seeded(self._project_id)
        work.open_sampled(self._context.sampler, self._current_student(labelled, schema), pool)

    def _reason_to_stop(self, teacher: Teacher, work: RoundWork, pool: UnlabelledPool) -> str | None:
        stopping = Stopping(
            store=self._store,
            project_id=self._project_id,
            config=self._context.config,
            clock=self._context.clock,
            criteria=self._context.stopping_criteria,
        )
        return stopping.reason(teacher=teacher, unasked=work.list_unasked, n_pool=len(pool))

    def _current_student(self, labelled: LabelledSet, schema: LabelSchema) -> Student | None:
        trained = [
            round_.number for round_ in self._store.rounds.list_all(self._project_id) if round_.student is not None
        ]
        if not trained:
            return None
        try:
            return self._context.make_training(self._project_id, schema).load(trained[-1], labelled)
        except TooFewClasses:
            return None

    def _last_round(self) -> Round | None:
        rounds = self._store.rounds.list_all(self._project_id)
        return rounds[-1] if rounds else None
