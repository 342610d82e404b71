"""Gives every open task a prediction while no round is worked on, in pieces between which corrections come first."""

from __future__ import annotations

from mraru.projects.predictions.pushing import BUSY_SLICE, COVER_SLICE
from mraru.projects.predictions.tidying import QUIET_S
from mraru.projects.project_context import MORE, Advance, ProjectContext
from mraru.projects.syncing.corrections import corrections_due_at
from mraru.projects.work_factory import WorkFactory
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import Project


class Covering:
    """What is left to write of one project once its rounds are over, paused or waiting."""

    def __init__(self, project_id: int, context: ProjectContext, factory: WorkFactory) -> None:
        self._project_id = project_id
        self._context = context
        self._store = context.store
        self._factory = factory

    def advance(self, project: Project, schema: LabelSchema, due_at: float | None, now: float) -> Advance:
        """Do the next piece: tasks without a prediction at once, outdated ones when people are quiet, then tidy up.

        No LLM is asked.

        Raises:
            LabelStudioError: Label Studio does not answer, or refuses.
            WorkInterrupted: the worker is shutting down, or the project was disconnected.
        """
        if project.served_version is None or project.served_round is None:
            return Advance(again_at=due_at)
        last_at = project.last_correction_at
        quiet_at = max(due_at or 0.0, last_at + self._context.config.retrain_delay_s) if last_at is not None else now
        pushing = self._factory.make_pushing(schema)
        uncovered = pushing.list_uncovered(project.served_round)
        is_quiet = now >= quiet_at
        tasks = uncovered.new[: COVER_SLICE if is_quiet else BUSY_SLICE]
        if not tasks and is_quiet:
            tasks = uncovered.outdated[:COVER_SLICE]
        if tasks:
            labelled = self._factory.read_labelled_set(schema)
            student = self._context.make_training(self._project_id, schema).load(project.served_round, labelled)
            scoring = self._factory.make_scoring(student, labelled, schema)
            pushing.cover(tasks, scoring, project.served_round, labelled, until=self._are_corrections_due)
            return MORE
        if uncovered.outdated:
            return Advance(again_at=quiet_at)
        return self._tidy(schema, (last_at or 0.0) + QUIET_S, due_at, now)

    def _tidy(self, schema: LabelSchema, quiet_at: float, due_at: float | None, now: float) -> Advance:
        tidying = self._factory.make_tidying(schema)
        if not tidying.count():
            return Advance(again_at=due_at)
        if now < quiet_at:
            return Advance(again_at=min(quiet_at, due_at or quiet_at))
        tidying.remove()
        return MORE

    def _are_corrections_due(self) -> bool:
        project, now = self._store.projects.get(self._project_id), self._context.clock()
        due_at = corrections_due_at(self._store, project, self._context.config, now) if project is not None else None
        return due_at is not None and due_at <= now
