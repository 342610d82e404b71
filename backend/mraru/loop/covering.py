"""Gives every open task a prediction while no round is worked on, in pieces between which corrections come first."""

from __future__ import annotations

from mraru.loop.assembly import Assembly
from mraru.loop.corrections import corrections_due_at
from mraru.loop.parts import MORE, Advance, LoopParts
from mraru.loop.pushing import BUSY_SLICE, COVER_SLICE
from mraru.loop.tidying import QUIET_S
from mraru.records import LabelSchema
from mraru.store.projects import Project


class Covering:
    """What is left to write of one project once its rounds are over, paused or waiting."""

    def __init__(self, project_id: int, parts: LoopParts, assembly: Assembly) -> None:
        self._project_id = project_id
        self._parts = parts
        self._store = parts.store
        self._assembly = assembly

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
        quiet_at = max(due_at or 0.0, last_at + self._parts.options.retrain_delay_s) if last_at is not None else now
        pushing = self._assembly.make_pushing(schema)
        uncovered = pushing.list_uncovered(project.served_round)
        is_quiet = now >= quiet_at
        tasks = uncovered.new[: COVER_SLICE if is_quiet else BUSY_SLICE]
        if not tasks and is_quiet:
            tasks = uncovered.outdated[:COVER_SLICE]
        if tasks:
            book = self._assembly.read_book(schema)
            student = self._parts.make_training(self._project_id).load(project.served_round, book)
            scoring = self._assembly.make_scoring(student, book, schema)
            pushing.cover(tasks, scoring, project.served_round, book, until=self._are_corrections_due)
            return MORE
        if uncovered.outdated:
            return Advance(again_at=quiet_at)
        return self._tidy(schema, (last_at or 0.0) + QUIET_S, due_at, now)

    def _tidy(self, schema: LabelSchema, quiet_at: float, due_at: float | None, now: float) -> Advance:
        tidying = self._assembly.make_tidying(schema)
        if not tidying.count():
            return Advance(again_at=due_at)
        if now < quiet_at:
            return Advance(again_at=min(quiet_at, due_at or quiet_at))
        tidying.remove()
        return MORE

    def _are_corrections_due(self) -> bool:
        project = self._store.projects.get(self._project_id)
        due_at = corrections_due_at(project, self._parts.options) if project is not None else None
        return due_at is not None and due_at <= self._parts.clock()
