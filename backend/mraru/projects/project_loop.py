"""What comes next in a project: reads like the paper's loop, with people in it.

seed → train → push → [M-RARU selects → the teacher labels → train → push]* → cover the rest,
whenever corrections are due: train → push, in turn with the rounds, and while rounds are paused or wait for a batch
job: cover.
"""

from __future__ import annotations

import logging

from mraru.errors import (
    BudgetExceeded,
    LabelsNotNamed,
    LabelStudioError,
    LabelStudioUnreachable,
    LeaseLost,
    MRaruError,
    PredictionsNotStored,
    StoreFault,
    TeacherError,
    TeacherMisconfigured,
    TeacherUnavailable,
    TextsGone,
    TextsUnfit,
    VersionNotKept,
    WorkInterrupted,
)
from mraru.projects.gone_projects import find_gone, note_gone
from mraru.projects.project_context import MORE, NOTHING, Advance, ProjectContext
from mraru.projects.project_schema import schema_of
from mraru.projects.project_steps import ProjectSteps
from mraru.projects.syncing.corrections import corrections_due_at
from mraru.projects.syncing.project_sync import sync_project
from mraru.projects.syncing.text_look import pause_for_people
from mraru.projects.work_factory import WorkFactory
from mraru.store.moments import has_come
from mraru.store.projects.project_repository import BROKEN, ProgressPhase, Project, ProjectState

logger = logging.getLogger(__name__)

AT_ONCE = 0.0  # a moment that has come
LONGEST_PAUSE_S = 3600.0  # whatever a server asks for


class ProjectLoop:
    """The loop over one project; only the holder of its lease may call it."""

    def __init__(self, project_id: int, context: ProjectContext) -> None:
        self._project_id = project_id
        self._context = context
        self._store = context.store
        self._factory = WorkFactory(project_id, context)
        self._steps = ProjectSteps(project_id, context, self._factory)
        self._longest_s = max(LONGEST_PAUSE_S, context.config.retry_delay_s)  # seconds that a pause may last

    def advance(self) -> Advance:
        """Do the next piece of work and say what is left; failures become the project's state.

        Raises:
            WorkInterrupted: the worker is shutting down, the project was disconnected, or its lease was lost.
            StoreFault: the store could not be read or written; the next piece of work goes on where this one was.
        """
        try:
            advance = self._advance()
        except (LeaseLost, StoreFault):
            raise
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
            retry_at = self._context.clock() + self._pause_s(exc)
            self._store.projects.set_state(self._project_id, ProjectState.PAUSED, str(exc), retry_at)
            logger.warning("project %d pauses: %s", self._project_id, exc, extra={"event": "paused"})
            advance = Advance(again_at=retry_at)
        except LabelsNotNamed as exc:
            self._store.projects.pause(self._project_id, str(exc))
            logger.error("project %d pauses: %s", self._project_id, exc, extra={"event": "labels_not_named"})
            advance = MORE  # without the teacher
        except TextsUnfit as exc:
            pause_for_people(self._store, self._project_id, str(exc), self._context.clock())
            logger.warning("project %d pauses over its texts", self._project_id, extra={"event": "texts_unfit"})
            advance = MORE
        except MRaruError as exc:
            advance = self._fail(exc)
        if not advance.more:
            self._show_rest()
        self._store.due_projects.note(self._project_id, AT_ONCE if advance.more else advance.again_at)
        return advance

    def _fail(self, exc: MRaruError) -> Advance:
        """What people must mend; it is tried again all the same, since they may mend it where nothing tells us."""
        gone = find_gone(self._context.label_studio, self._project_id, exc)
        if gone is not None:
            return Advance(again_at=note_gone(self._store, self._project_id, gone, self._context.clock()))
        project = self._store.projects.get(self._project_id)
        is_news = project is None or (project.state, project.reason) != (ProjectState.FAILED, str(exc))
        retry_at = None
        if isinstance(exc, LabelStudioError):
            retry_at = self._context.clock() + self._context.pauses.begin(
                self._project_id, self._context.config.retry_delay_s
            )
        self._store.projects.set_state(self._project_id, ProjectState.FAILED, str(exc), retry_at)
        level = logging.ERROR if is_news else logging.DEBUG
        logger.log(level, "project %d failed: %s", self._project_id, exc, extra={"event": "failed"})
        if isinstance(exc, TeacherMisconfigured):
            return MORE  # what was answered is learned
        return Advance(again_at=retry_at)

    def _was_paused(self) -> bool:
        """Whether work was interrupted by a person's pause, which may be over by now."""
        project = self._store.projects.get(self._project_id)
        is_started = project is not None and project.is_started
        return is_started and not self._context.should_stop()

    def _show_rest(self) -> None:
        """Say that nothing is being done, or which jobs are waited for."""
        listed = self._store.batch_jobs.list_open(self._project_id)
        jobs = [job for job in listed if job.submitted_at is not None and job.finished_at is None]
        phase = ProgressPhase.WAITING if jobs else ProgressPhase.IDLE
        n_done, n_total = sum(job.n_done for job in jobs), sum(job.n_requests for job in jobs)
        self._store.projects.set_progress(self._project_id, phase, n_done, n_total)

    def _pause_s(self, exc: MRaruError) -> float:
        """Seconds until the next try: more each time, and as many as the teacher's server asked for, within an hour."""
        asked_for_s = exc.retry_after_s if isinstance(exc, TeacherUnavailable) else None
        pause_s = self._context.pauses.begin(self._project_id, self._context.config.retry_delay_s)
        return max(pause_s, min(asked_for_s or 0.0, LONGEST_PAUSE_S))

    def _advance(self) -> Advance:
        project = self._store.projects.get(self._project_id)
        now = self._context.clock()
        if project is None:
            return NOTHING
        if not project.is_started:
            return self._collect(project, now)
        if project.state is ProjectState.PAUSED and not project.waits_for_people:
            retry_at = project.retry_at or 0.0
            due_at = corrections_due_at(self._store, project, self._context.config, now)
            is_over = has_come(retry_at, now, self._longest_s)
            if not is_over and (due_at is None or now < due_at):
                return Advance(again_at=min(retry_at, due_at or retry_at))
            if is_over:  # else people's corrections are learned meanwhile, without the teacher
                self._store.projects.set_state(self._project_id, ProjectState.RUNNING)
        if project.state is ProjectState.GONE and self._waits(project, now):
            collected_at = self._collect(project, now).again_at
            retry_at = project.retry_at or now
            return Advance(again_at=min(retry_at, collected_at or retry_at))
        if project.state is ProjectState.FAILED and self._waits(project, now):
            return Advance(again_at=project.retry_at)
        self._store.ledger.forfeit_lost(self._project_id)
        wanted = self._context.config.selection
        if project.is_sync_due or project.selection != wanted:
            sync_project(self._store, self._context.label_studio, self._project_id, self._context.clock, wanted)
            if project.state in BROKEN:  # its cause may be over: try again
                self._store.projects.set_state(self._project_id, ProjectState.RUNNING)
            return MORE
        may_ask = project.may_ask and not self._waits_for_teacher(project, now)
        advance = self._steps.take_next(project, schema_of(project), now, may_ask=may_ask)
        self._context.pauses.end(self._project_id)
        return advance

    def _collect(self, project: Project, now: float) -> Advance:
        """Of a project that nobody runs, or that is gone, only fetch what batch jobs have answered: it is paid for."""
        if not self._store.batch_jobs.list_open(self._project_id):
            return NOTHING
        schema = schema_of(project)
        batching = self._factory.make_batching(self._context.make_batch_teachers(project, schema))
        try:
            batching.look_after(None, may_ask=False)
        except TeacherError as exc:
            logger.warning("project %d: %s", self._project_id, exc, extra={"event": "batch_failed"})
        return Advance(again_at=now + self._context.config.batch_poll_s) if batching.is_waiting() else NOTHING

    def _waits_for_teacher(self, project: Project, now: float) -> bool:
        """Whether it is paused until the teacher or Label Studio is tried again; people's corrections are learned."""
        return project.state is ProjectState.PAUSED and not project.waits_for_people and self._waits(project, now)

    def _waits(self, project: Project, now: float) -> bool:
        """Whether nothing is tried yet."""
        return project.retry_at is not None and not has_come(project.retry_at, now, self._longest_s)
