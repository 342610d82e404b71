"""The teachers as projects ask them: the LLMs, or the built-in one, with ledger, budget and guards around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from mraru.bootstrap.recently_used import RecentlyUsed
from mraru.bootstrap.teaching.llm_factory import LLMFactory
from mraru.bootstrap.teaching.server_guards import ServerGuards
from mraru.errors import PluginInvalid, SettingsError
from mraru.interfaces import Embedder, Teacher
from mraru.plugins import PluginGroup, make_part
from mraru.records import TeacherMode
from mraru.schema_records import LabelSchema
from mraru.settings import Settings
from mraru.store.projects.project_repository import Project
from mraru.store.store import Store
from mraru.teachers.combined.cascade import CascadeTeacher
from mraru.teachers.combined.ensemble import EnsembleTeacher
from mraru.teachers.combined.several_teachers import NamedTeacher, SeveralTeachers
from mraru.teachers.guards.cached_answers import CachedTeacher, KeptAnswers
from mraru.teachers.guards.exact import ExactTeacher
from mraru.teachers.guards.label_watch import LabelWatchedTeacher
from mraru.teachers.guards.pausable import PausableTeacher
from mraru.teachers.labelling_job import LabellingJob
from mraru.teachers.shortlists.shortlist_teacher import ShortlistTeacher
from mraru.teachers.zero_shot.zero_shot_teacher import ZeroShotTeacher

if TYPE_CHECKING:
    from mraru.teachers.guards.server_guard import ServerGuard
    from mraru.teachers.llm.openai_teacher import OpenAITeacher
    from mraru.teachers.side_questions.booked_drafter import BookedDrafter
    from mraru.teachers.side_questions.definition_drafter import DefinitionDrafter

_IsPaused = Callable[[], bool]
TEACHER_PARTS = ("identity", "identity_of", "cost_bound_usd", "tokens_bound", "label")
MOST_TEACHERS = 64  # of projects and their prompts, in a process
_Key = tuple[bool, int, str, str, LabelSchema, tuple[tuple[str, str], ...]]  # the first: whether it heeds pauses


class TeacherFactory:
    """Makes the teacher of each project, and keeps it as long as the project's prompt stays the same."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        embedder: Embedder,
        llms: LLMFactory,
        guards: ServerGuards,
        sleep: Callable[[float], object],
    ) -> None:
        """No teacher is made yet.

        Args:
            embedder: what the built-in teacher labels by.
            sleep: waits so many seconds; returns True if the process is to end.
        """
        self._settings = settings
        self._store = store
        self._embedder = embedder
        self._llms = llms
        self._guards = guards
        self._sleep = sleep
        self._kept: RecentlyUsed[_Key, Teacher] = RecentlyUsed(MOST_TEACHERS)

    def for_project(self, project: Project, schema: LabelSchema) -> Teacher:
        """The teacher of a project, or several as one: each attempt is booked, each answer asked for once.

        From outside in: an answer that was paid for is taken from the ledger; what may pass is tried again; each
        attempt goes through the circuit, waits for its turn under the rate limits, and only then is booked.

        Answers to this very prompt count: with examples in it, none that was given without.

        Raises:
            PriceUnknown: the model's price is neither known nor set.
            PluginInvalid: the teacher that another package brings is not what it must be.
        """
        return self._keep(project, schema, None)

    def for_rounds(self, project: Project, schema: LabelSchema) -> Teacher:
        """As `for_project`, for the rounds: no call while a person paused; an answer without examples is one, too."""
        return self._keep(project, schema, partial(self._is_paused, project.project_id))

    def _keep(self, project: Project, schema: LabelSchema, is_paused: _IsPaused | None) -> Teacher:
        definitions = self._store.label_definitions.list_all(project.project_id)
        key = (
            is_paused is not None,
            project.project_id,
            project.title,
            project.instruction,
            schema,
            tuple(definitions.items()),
        )
        return self._kept.get(key, lambda: self._make(project, schema, definitions, is_paused))

    def _is_paused(self, project_id: int) -> bool:
        project = self._store.projects.get(project_id)
        return project is not None and project.waits_for_people

    def _make(
        self, project: Project, schema: LabelSchema, definitions: Mapping[str, str], is_paused: _IsPaused | None
    ) -> Teacher:
        if self._settings.brought_teacher is not None:
            return self._book_brought(project, schema, definitions, is_paused, self._settings.brought_teacher)
        if not self._settings.uses_llm:
            return self.book(project, ZeroShotTeacher(self._embedder, schema), is_paused)
        return self.book_llms(project, schema, self._llms.make_all(project, schema, definitions), is_paused)

    def _book_brought(
        self,
        project: Project,
        schema: LabelSchema,
        definitions: Mapping[str, str],
        is_paused: _IsPaused | None,
        name: str,
    ) -> Teacher:
        """The teacher that another package brings, with all that stands around an LLM."""
        from mraru.teachers.guards.brought_teacher import BroughtTeacher

        job = LabellingJob(
            schema=schema, title=project.title, instruction=project.instruction, definitions=dict(definitions)
        )
        made = make_part(PluginGroup.TEACHERS, name, self._settings, job)
        missing = [part for part in TEACHER_PARTS if part not in dir(made)]
        if missing:
            raise PluginInvalid(f"The teacher '{name}' must give one with {', '.join(missing)}.")
        teacher = BroughtTeacher(made, job, brought_as=name, timeout_s=self._settings.teacher_timeout_s)
        return self.book(project, teacher, is_paused, self._guards.guard_of_brought(name))

    def book_llms(
        self, project: Project, schema: LabelSchema, asked: Sequence[OpenAITeacher], is_paused: _IsPaused | None = None
    ) -> Teacher:
        """The LLM, or several as one, each with its books and its guard around it.

        Args:
            asked: bare, in the order of `settings.llms`.
            is_paused: whether a person holds the rounds back; None for what people ask for, which nothing holds back
                and which measures this very prompt.
        """
        booked = [
            self._book_llm(project, teacher, is_paused, self._guards.guard_of(llm))
            for llm, teacher in zip(self._settings.llms, asked, strict=True)
        ]
        return booked[0] if self._settings.several_teachers is None else self.join(booked, schema)

    def _book_llm(
        self, project: Project, teacher: OpenAITeacher, is_paused: _IsPaused | None, guard: ServerGuard
    ) -> Teacher:
        """An LLM with its books and its guard; where it is shown a part of the labels, around each of its calls."""
        calls = [
            self.book(project, call if is_paused is not None else ExactTeacher(call), is_paused, guard)
            for call in teacher.calls
        ]
        return calls[0] if teacher.pages is None else ShortlistTeacher(calls, teacher.pages)

    def join(self, teachers: Sequence[Teacher], schema: LabelSchema) -> SeveralTeachers:
        """Several teachers as one, in the order and the mode of their file.

        Raises:
            SettingsError: no file is set.
        """
        several = self._settings.several_teachers
        if several is None:
            raise SettingsError("MRARU_TEACHERS_FILE: not set, so there is one teacher at most")
        members = [
            NamedTeacher(name=llm.name, teacher=teacher)
            for llm, teacher in zip(self._settings.llms, teachers, strict=True)
        ]
        if several.mode is TeacherMode.CASCADE:
            return CascadeTeacher(members, unsure_below=several.unsure_below)
        return EnsembleTeacher(members, schema.possible(()))

    def book(
        self,
        project: Project,
        asked: Teacher,
        is_paused: _IsPaused | None = None,
        guard: ServerGuard | None = None,
    ) -> Teacher:
        """Put the ledger, the budget and, for an LLM, its server's guard around a teacher."""
        from mraru.teachers.guards.budgeted import BudgetedTeacher
        from mraru.teachers.guards.retrying import RetryingTeacher

        settings = self._settings
        ledger = self._store.project_ledger(project.project_id)
        booked: Teacher = BudgetedTeacher(
            asked,
            ledger,
            project_id=project.project_id,
            budget=settings.budget,
            total_budget=settings.total_budget,
        )
        if guard is not None:
            booked = LabelWatchedTeacher(booked, self._store.label_watches, project.project_id)
        if is_paused is not None:
            booked = PausableTeacher(booked, is_paused)
        retried = RetryingTeacher(
            guard.wrap(booked) if guard is not None else booked,
            max_attempts=settings.teacher_max_attempts,
            sleep=self._sleep,
        )
        return CachedTeacher(retried, ledger, patience_s=settings.teacher_timeout_s, sleep=self._sleep)

    def book_drafter(self, project: Project, drafter: DefinitionDrafter, guard: ServerGuard) -> BookedDrafter:
        """Put the same around who drafts definitions, who names no labels that could be watched."""
        from mraru.teachers.guards.booked_calls import BookedCalls
        from mraru.teachers.guards.retrying import Retries
        from mraru.teachers.side_questions.booked_drafter import BookedDrafter

        settings = self._settings
        ledger = self._store.project_ledger(project.project_id)
        return BookedDrafter(
            drafter,
            calls=BookedCalls(
                ledger,
                project_id=project.project_id,
                budget=settings.budget,
                total_budget=settings.total_budget,
            ),
            guard=guard,
            retries=Retries(settings.teacher_max_attempts, sleep=self._sleep),
            answers=KeptAnswers(ledger, patience_s=settings.teacher_timeout_s, sleep=self._sleep),
        )
