"""What comes next in a project: reads like the paper's loop, with people in it.

seed → train → push → [M-RARU selects → the teacher labels → train → push]* → cover the rest,
whenever corrections are due: train → push, and while rounds are paused or wait for a batch job: cover.
"""

from __future__ import annotations

import logging

from mraru.errors import (
    BudgetExceeded,
    LabelStudioUnreachable,
    MRaruError,
    PredictionsNotStored,
    TeacherError,
    TeacherMisconfigured,
    TeacherUnavailable,
    TextsGone,
    TooFewClasses,
    VersionNotKept,
    WorkInterrupted,
)
from mraru.interfaces import Student, Teacher
from mraru.labelstudio.label_config import parse_label_config
from mraru.loop.assembly import Assembly
from mraru.loop.corrections import corrections_due_at
from mraru.loop.covering import Covering
from mraru.loop.label_book import LabelBook
from mraru.loop.parts import MORE, NOTHING, Advance, LoopParts
from mraru.loop.pool import UnlabelledPool
from mraru.loop.rounds import RoundWork
from mraru.loop.stopping import Stopping
from mraru.loop.syncing import sync_project
from mraru.records import LabelSchema
from mraru.store.projects import ProgressPhase, Project, ProjectState
from mraru.store.rounds import Round, RoundKind, RoundStep

logger = logging.getLogger(__name__)


LONGEST_PAUSE_S = 3600.0  # whatever a server asks for


class ProjectLoop:
    """The loop over one project; only the holder of its lease may call it."""

    def __init__(self, project_id: int, parts: LoopParts) -> None:
        self._project_id = project_id
        self._parts = parts
        self._store = parts.store
        self._assembly = Assembly(project_id, parts)
        self._covering = Covering(project_id, parts, self._assembly)

    def advance(self) -> Advance:
        """Do the next piece of work and say what is left; failures become the project's state.

        Raises:
            WorkInterrupted: the worker is shutting down, or the project was disconnected.
        """
        try:
            advance = self._advance()
        except WorkInterrupted:
            if not self._was_paused():
                raise
            advance = MORE  # without the teacher
        except TextsGone:
            advance = MORE
        except BudgetExceeded as exc:
            self._store.projects.set_state(self._project_id, ProjectState.STOPPED, str(exc))
            advance = MORE  # train on what was answered
        except (TeacherUnavailable, LabelStudioUnreachable, PredictionsNotStored, VersionNotKept) as exc:
            retry_at = self._parts.clock() + self._pause_s(exc)
            self._store.projects.set_state(self._project_id, ProjectState.PAUSED, str(exc), retry_at)
            logger.warning("project %d pauses: %s", self._project_id, exc, extra={"event": "paused"})
            advance = Advance(again_at=retry_at)
        except MRaruError as exc:
            self._store.projects.set_state(self._project_id, ProjectState.FAILED, str(exc))
            logger.error("project %d failed: %s", self._project_id, exc, extra={"event": "failed"})
            advance = MORE if isinstance(exc, TeacherMisconfigured) else NOTHING  # else it would fail again
        if not advance.more:
            self._show_rest()
        return advance

    def _was_paused(self) -> bool:
        """Whether work was interrupted by a person's pause, which may be over by now."""
        project = self._store.projects.get(self._project_id)
        is_started = project is not None and project.is_started
        return is_started and not self._parts.should_stop()

    def _show_rest(self) -> None:
        """Say that nothing is being done, or which jobs are waited for."""
        listed = self._store.batch_jobs.list_open(self._project_id)
        jobs = [job for job in listed if job.submitted_at is not None and job.finished_at is None]
        phase = ProgressPhase.WAITING if jobs else ProgressPhase.IDLE
        n_done, n_total = sum(job.n_done for job in jobs), sum(job.n_requests for job in jobs)
        self._store.projects.set_progress(self._project_id, phase, n_done, n_total)

    def _pause_s(self, exc: MRaruError) -> float:
        """Seconds until the next try: as many as the teacher's server asked for, within an hour."""
        asked_for_s = exc.retry_after_s if isinstance(exc, TeacherUnavailable) else None
        return max(self._parts.options.retry_delay_s, min(asked_for_s or 0.0, LONGEST_PAUSE_S))

    def _advance(self) -> Advance:
        project = self._store.projects.get(self._project_id)
        now = self._parts.clock()
        if project is None:
            return NOTHING
        if not project.is_started:
            return self._collect(project, now)
        if project.state is ProjectState.PAUSED and not project.is_paused_by_person:
            retry_at = project.retry_at or 0.0
            due_at = corrections_due_at(project, self._parts.options)
            if now < retry_at and (due_at is None or now < due_at):
                return Advance(again_at=min(retry_at, due_at or retry_at))
            if now >= retry_at:  # else people's corrections are learned meanwhile, without the teacher
                self._store.projects.set_state(self._project_id, ProjectState.RUNNING)
        self._store.ledger.forfeit_lost(self._project_id)
        if project.is_sync_due:
            sync_project(self._store, self._parts.label_studio, self._project_id, self._parts.clock)
            if project.state is ProjectState.FAILED:  # what failed may be mended: try again
                self._store.projects.set_state(self._project_id, ProjectState.RUNNING)
            return MORE
        return self._next_work(project, parse_label_config(project.label_config), now)

    def _next_work(self, project: Project, schema: LabelSchema, now: float) -> Advance:
        due_at = corrections_due_at(project, self._parts.options)
        are_due = due_at is not None and due_at <= now
        open_round = self._open_round()
        teacher = self._parts.make_teacher(project, schema)
        work = self._assembly.make_work(schema, teacher)
        batch_teachers = self._parts.make_batch_teachers(project, schema)
        batching = self._assembly.make_batching(batch_teachers)
        may_ask = project.may_ask and not are_due
        answers = self._assembly.make_batch_answers(schema, teacher, batch_teachers)
        try:
            batching.look_after(open_round, may_ask=may_ask)
        except TeacherError as exc:
            if may_ask:
                raise
            logger.warning("project %d: %s", self._project_id, exc, extra={"event": "batch_failed"})
        if open_round is not None:
            if project.is_paused_by_person and open_round.step is RoundStep.ASKING and not are_due:
                return self._covering.advance(project, schema, due_at, now)
            if may_ask and open_round.step is RoundStep.ASKING and not self._assembly.should_stop():
                answers.take_over(batching.list_through(), open_round)
                if batching.prefill(open_round, work.list_unasked(open_round)):
                    return self._wait(project, schema, now)
            work.finish(open_round, ask=may_ask)
            if open_round.kind is RoundKind.SEED and may_ask:
                self._store.projects.set_seeded(self._project_id)
            return MORE
        if are_due:
            work.finish(work.open_unsampled(RoundKind.CORRECTIONS), ask=False)
            return MORE
        if batching.list_through() and (project.may_ask or answers.asks_nobody):
            late = work.open_unsampled(RoundKind.BATCH_ANSWERS)
            answers.take_over(batching.list_through(), late)
            work.finish(late, ask=False)
            return MORE
        if batching.is_waiting():
            return self._wait(project, schema, now)
        book = self._assembly.read_book(schema)
        if project.state is not ProjectState.FAILED:
            self._assembly.make_diagnosing(schema).note(book, teacher.identity, now)
        if project.is_paused_by_person:
            return self._covering.advance(project, schema, due_at, now)
        if project.state is not ProjectState.FAILED:
            pool = self._assembly.unlabelled(book)
            reason = self._reason_to_stop(teacher, work, pool)
            if reason is None:
                self._store.projects.set_state(self._project_id, ProjectState.RUNNING)
                self._open_next_round(project, work, book, schema, pool)
                return MORE
            self._store.projects.set_state(self._project_id, ProjectState.STOPPED, reason)
        return self._covering.advance(project, schema, due_at, now)

    def _wait(self, project: Project, schema: LabelSchema, now: float) -> Advance:
        """Write what is left to write until the batch job is looked at again."""
        if project.state is not ProjectState.FAILED:
            self._store.projects.set_state(self._project_id, ProjectState.RUNNING)
        covered = self._covering.advance(project, schema, corrections_due_at(project, self._parts.options), now)
        poll_at = now + self._parts.options.batch_poll_s
        return covered if covered.more else Advance(again_at=min(poll_at, covered.again_at or poll_at))

    def _collect(self, project: Project, now: float) -> Advance:
        """Of a project that nobody runs, only fetch what batch jobs have answered: it is paid for."""
        if not self._store.batch_jobs.list_open(self._project_id):
            return NOTHING
        schema = parse_label_config(project.label_config)
        batching = self._assembly.make_batching(self._parts.make_batch_teachers(project, schema))
        try:
            batching.look_after(None, may_ask=False)
        except TeacherError as exc:
            logger.warning("project %d: %s", self._project_id, exc, extra={"event": "batch_failed"})
        return Advance(again_at=now + self._parts.options.batch_poll_s) if batching.is_waiting() else NOTHING

    def _open_next_round(
        self, project: Project, work: RoundWork, book: LabelBook, schema: LabelSchema, pool: UnlabelledPool
    ) -> None:
        if not project.is_seeded:
            if book.missing_classes(schema):
                work.open_unsampled(RoundKind.SEED)
                return
            self._store.projects.set_seeded(self._project_id)
        work.open_sampled(self._parts.sampler, self._current_student(book), pool)

    def _reason_to_stop(self, teacher: Teacher, work: RoundWork, pool: UnlabelledPool) -> str | None:
        stopping = Stopping(
            store=self._store, project_id=self._project_id, options=self._parts.options, clock=self._parts.clock
        )
        return stopping.reason(teacher=teacher, unasked=work.list_unasked, n_pool=len(pool))

    def _current_student(self, book: LabelBook) -> Student | None:
        trained = [
            round_.number for round_ in self._store.rounds.list_all(self._project_id) if round_.student is not None
        ]
        if not trained:
            return None
        try:
            return self._parts.make_training(self._project_id).load(trained[-1], book)
        except TooFewClasses:
            return None

    def _open_round(self) -> Round | None:
        rounds = self._store.rounds.list_all(self._project_id)
        return rounds[-1] if rounds and rounds[-1].step is not RoundStep.DONE else None
