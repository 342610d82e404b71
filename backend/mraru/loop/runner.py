"""What comes next in a project: reads like the paper's loop, with people in it.

seed → train → push → [M-RARU selects → the teacher labels → train → push]* → cover the rest,
and whenever corrections are due: train → push.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from mraru.embedding.cached import CachedEmbedder
from mraru.errors import (
    BudgetExceeded,
    LabelStudioUnreachable,
    MRaruError,
    PredictionsNotStored,
    TeacherMisconfigured,
    TeacherUnavailable,
    TextsGone,
    TooFewClasses,
    WorkInterrupted,
)
from mraru.interfaces import LabelStudio, Sampler, Student, Teacher
from mraru.labelstudio.label_config import parse_label_config
from mraru.loop.asking import Asking
from mraru.loop.label_book import LabelBook, read_label_book
from mraru.loop.options import LoopOptions
from mraru.loop.pool import UnlabelledPool
from mraru.loop.pushing import Pushing
from mraru.loop.rounds import RoundWork
from mraru.loop.scoring import Scoring
from mraru.loop.stop_rules import budget_is_spent, pool_is_empty, rounds_are_done
from mraru.loop.syncing import sync_project
from mraru.loop.training import Training
from mraru.records import LabelSchema
from mraru.store.projects import ProgressPhase, Project, ProjectState
from mraru.store.rounds import Round, RoundKind, RoundStep
from mraru.store.store import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What a piece of work leaves to do."""

    more: bool = False  # there is more to do now
    again_at: float | None = None  # nothing before this moment (seconds since 1970)


LONGEST_PAUSE_S = 3600.0  # whatever a server asks for
NOTHING = Advance()
MORE = Advance(more=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopParts:
    """What the loop of one project is made of."""

    store: Store
    label_studio: LabelStudio
    embedder: CachedEmbedder
    sampler: Sampler
    make_student: Callable[[], Student]
    make_teacher: Callable[[Project, LabelSchema], Teacher]
    make_training: Callable[[int], Training]  # by project id
    options: LoopOptions
    clock: Callable[[], float]
    should_stop: Callable[[], bool]


class ProjectLoop:
    """The loop over one project; only the holder of its lease may call it."""

    def __init__(self, project_id: int, parts: LoopParts) -> None:
        self._project_id = project_id
        self._parts = parts
        self._store = parts.store

    def advance(self) -> Advance:
        """Do the next piece of work and say what is left; failures become the project's state.

        Raises:
            WorkInterrupted: the worker is shutting down.
        """
        try:
            advance = self._advance()
        except WorkInterrupted:
            raise
        except TextsGone:
            advance = MORE
        except BudgetExceeded as exc:
            self._store.projects.set_state(self._project_id, ProjectState.STOPPED, str(exc))
            advance = MORE  # train on what was answered
        except (TeacherUnavailable, LabelStudioUnreachable, PredictionsNotStored) as exc:
            retry_at = self._parts.clock() + self._pause_s(exc)
            self._store.projects.set_state(self._project_id, ProjectState.PAUSED, str(exc), retry_at)
            logger.warning("project %d pauses: %s", self._project_id, exc, extra={"event": "paused"})
            advance = Advance(again_at=retry_at)
        except MRaruError as exc:
            self._store.projects.set_state(self._project_id, ProjectState.FAILED, str(exc))
            logger.error("project %d failed: %s", self._project_id, exc, extra={"event": "failed"})
            advance = MORE if isinstance(exc, TeacherMisconfigured) else NOTHING  # else it would fail again
        if not advance.more:
            self._store.projects.set_progress(self._project_id, ProgressPhase.IDLE)
        return advance

    def _pause_s(self, exc: MRaruError) -> float:
        """Seconds until the next try: as many as the teacher's server asked for, within an hour."""
        asked_for_s = exc.retry_after_s if isinstance(exc, TeacherUnavailable) else None
        return max(self._parts.options.retry_delay_s, min(asked_for_s or 0.0, LONGEST_PAUSE_S))

    def _advance(self) -> Advance:
        project = self._store.projects.get(self._project_id)
        now = self._parts.clock()
        if project is None or project.state is ProjectState.CONNECTED:
            return NOTHING
        if project.state is ProjectState.PAUSED:
            retry_at = project.retry_at or 0.0
            due_at = self._corrections_due_at(project)
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
        corrections_due_at = self._corrections_due_at(project)
        are_due = corrections_due_at is not None and corrections_due_at <= now
        open_round = self._open_round()
        teacher = self._parts.make_teacher(project, schema)
        work = self._make_work(schema, teacher)
        if open_round is not None:
            may_ask = project.state is not ProjectState.FAILED and not are_due
            work.finish(open_round, ask=may_ask)
            if open_round.kind is RoundKind.SEED and may_ask:
                self._store.projects.set_seeded(self._project_id)
            return MORE
        if are_due:
            work.finish(work.open_unsampled(RoundKind.CORRECTIONS), ask=False)
            return MORE
        if project.state is not ProjectState.FAILED:
            book = self._read_book(schema)
            pool = self._unlabelled(book)
            reason = self._reason_to_stop(teacher, work, pool)
            if reason is None:
                self._store.projects.set_state(self._project_id, ProjectState.RUNNING)
                self._open_next_round(project, work, book, schema, pool)
                return MORE
            self._store.projects.set_state(self._project_id, ProjectState.STOPPED, reason)
        return self._cover(project, schema, teacher, corrections_due_at, now)

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
        options = self._parts.options
        sampled = [
            round_
            for round_ in self._store.rounds.list_all(self._project_id)
            if round_.kind in (RoundKind.MRARU, RoundKind.RANDOM)
        ]
        unasked = self._store.tasks.load_texts(self._project_id, work.list_unasked(sampled[-1])) if sampled else {}
        texts = unasked.values() or [""]
        least_cost_usd, least_tokens = min(map(teacher.cost_bound_usd, texts)), min(map(teacher.tokens_bound, texts))
        spent, total_spent = self._store.ledger.spending(self._project_id), self._store.ledger.total_spending()
        return (
            pool_is_empty(len(pool))
            or rounds_are_done(len(sampled), options.max_rounds)
            or budget_is_spent(spent, options.budget, least_cost_usd=least_cost_usd, least_tokens=least_tokens)
            or budget_is_spent(
                total_spent,
                options.total_budget,
                least_cost_usd=least_cost_usd,
                least_tokens=least_tokens,
                of_all=True,
            )
            or self._nothing_was_accepted(len(pool))
        )

    def _nothing_was_accepted(self, n_pool: int) -> str | None:
        """The last round accepted nothing, and neither student nor pool has changed since."""
        rounds = self._store.rounds.list_all(self._project_id)
        if rounds and rounds[-1].n_visited and not rounds[-1].n_accepted and rounds[-1].n_pool == n_pool:
            return str(rounds[-1].selection_end)
        return None

    def _cover(
        self, project: Project, schema: LabelSchema, teacher: Teacher, due_at: float | None, now: float
    ) -> Advance:
        """Once no round is left and people are quiet, give every open task the student's prediction."""
        if project.served_version is None or project.served_round is None:
            return NOTHING
        quiet_at = max(due_at or 0.0, (project.last_correction_at or 0.0) + self._parts.options.retrain_delay_s)
        if project.last_correction_at is not None and now < quiet_at:
            return Advance(again_at=quiet_at)
        if not self._store.tasks.list_uncovered(self._project_id, project.served_version):
            return NOTHING
        book = self._read_book(schema)
        student = self._parts.make_training(self._project_id).load(project.served_round, book)
        n_left = self._make_pushing(teacher).cover(project.served_version, self._make_scoring(student, book), schema)
        return Advance(more=n_left > 0)

    def _corrections_due_at(self, project: Project) -> float | None:
        if project.n_corrections == 0 or project.last_correction_at is None:
            return None
        if project.n_corrections >= self._parts.options.retrain_after:
            return project.last_correction_at
        return project.last_correction_at + self._parts.options.retrain_delay_s

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

    def _read_book(self, schema: LabelSchema) -> LabelBook:
        return read_label_book(self._store, self._project_id, schema)

    def _unlabelled(self, book: LabelBook) -> UnlabelledPool:
        known = book.teacher.keys() | book.gold.keys()
        hashes = [name for name in self._store.tasks.list_text_hashes(self._project_id) if name not in known]
        return UnlabelledPool(self._store, self._project_id, self._parts.embedder, hashes)

    def _make_scoring(self, student: Student, book: LabelBook) -> Scoring:
        return Scoring(
            store=self._store,
            project_id=self._project_id,
            embedder=self._parts.embedder,
            make_student=self._parts.make_student,
            student=student,
            book=book,
            seed=self._parts.options.seed,
            soft_labels=self._parts.options.soft_labels,
        )

    def _make_pushing(self, teacher: Teacher) -> Pushing:
        return Pushing(
            store=self._store,
            project_id=self._project_id,
            label_studio=self._parts.label_studio,
            embedding_model=self._parts.embedder.name,
            teacher_name="zero-shot" if teacher.identity.is_zero_shot else teacher.identity.model,
            push_limit=self._parts.options.push_limit,
            clock=self._parts.clock,
        )

    def _should_stop(self) -> bool:
        """The worker is shutting down, or the project was disconnected meanwhile."""
        project = self._store.projects.get(self._project_id)
        return self._parts.should_stop() or project is None or project.state is ProjectState.CONNECTED

    def _make_work(self, schema: LabelSchema, teacher: Teacher) -> RoundWork:
        asking = Asking(
            store=self._store,
            project_id=self._project_id,
            teacher=teacher,
            concurrency=self._parts.options.teacher_concurrency,
            clock=self._parts.clock,
            should_stop=self._should_stop,
        )
        return RoundWork(
            store=self._store,
            project_id=self._project_id,
            schema=schema,
            options=self._parts.options,
            asking=asking,
            training=self._parts.make_training(self._project_id),
            pushing=self._make_pushing(teacher),
            make_scoring=self._make_scoring,
            read_book=lambda: self._read_book(schema),
            clock=self._parts.clock,
        )
