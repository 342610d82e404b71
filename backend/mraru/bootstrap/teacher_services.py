"""What stands around the LLM: its prompt, its price, its budget, its ledger, and the guard of its server."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from mraru.bootstrap.recently_used import RecentlyUsed
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.errors import PriceUnknown, SettingsError
from mraru.interfaces import Teacher
from mraru.projects.learning.gold_examples import GoldExamples
from mraru.records import Budget, LabelSchema, ProjectDescription, TeacherMode
from mraru.settings import LLMSettings, Settings
from mraru.store.projects.project_repository import Project
from mraru.store.store import Store
from mraru.teachers.combined.cascade import CascadeTeacher
from mraru.teachers.combined.ensemble import EnsembleTeacher
from mraru.teachers.combined.several_teachers import NamedTeacher, SeveralTeachers
from mraru.teachers.guards.cached_answers import CachedTeacher
from mraru.teachers.guards.exact import ExactTeacher
from mraru.teachers.guards.label_watch import LabelWatchedTeacher
from mraru.teachers.guards.pausable import PausableTeacher
from mraru.teachers.llm.confidence import Confidence, ConfidenceMethod
from mraru.teachers.prompting.few_shot_examples import Examples, FewShot
from mraru.teachers.prompting.prompt import ANSWER_RULE, ANSWER_RULE_WITH_REASON, Prompt
from mraru.teachers.prompting.stand_in_examples import StandInExamples
from mraru.teachers.servers.server_name import server_name
from mraru.teachers.zero_shot.zero_shot_teacher import ZeroShotTeacher

if TYPE_CHECKING:
    from mraru.teachers.guards.server_guard import ServerGuard
    from mraru.teachers.llm.openai_teacher import OpenAITeacher
    from mraru.teachers.prices.pricing import Price

_IsPaused = Callable[[], bool]
MOST_TEACHERS = 64  # of projects and their prompts, in a process
_Key = tuple[bool, int, str, str, LabelSchema, tuple[tuple[str, str], ...]]  # the first: whether it heeds pauses


class TeacherServices(ABC):
    """The teachers of all projects of a process; those of one model of one server share its guard."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.clock = clock
        self.stopping = threading.Event()  # set when this process is asked to end
        self._making_guard = threading.Lock()
        self._server_guards: dict[tuple[str, str], ServerGuard] = {}  # by server and model
        self._teachers: RecentlyUsed[_Key, Teacher] = RecentlyUsed(MOST_TEACHERS)

    @property
    @abstractmethod
    def store(self) -> Store: ...

    @property
    @abstractmethod
    def embedder(self) -> CachedEmbedder: ...

    def budget_of(self, project_id: int) -> Budget:
        """Of this project."""
        return self.store.project_settings.budget_of(project_id, self.settings.budget)

    def make_round_teacher(self, project: Project, schema: LabelSchema) -> Teacher:
        """As `make_teacher`, for the rounds: no call while a person paused; an answer without examples is one, too."""
        return self._keep_teacher(project, schema, partial(self._is_paused, project.project_id))

    def make_teacher(self, project: Project, schema: LabelSchema) -> Teacher:
        """The teacher of a project, or several as one: each attempt is booked, each answer asked for once.

        From outside in: an answer that was paid for is taken from the ledger; what may pass is tried again; each
        attempt goes through the circuit, waits for its turn under the rate limits, and only then is booked.

        Answers to this very prompt count: with examples in it, none that was given without.

        It is kept as long as the project's prompt stays the same, and with it what it learned of its server.

        Raises:
            PriceUnknown: the model's price is neither known nor set.
        """
        return self._keep_teacher(project, schema, None)

    def _keep_teacher(self, project: Project, schema: LabelSchema, is_paused: _IsPaused | None) -> Teacher:
        definitions = self.store.label_definitions.list_all(project.project_id)
        key = (
            is_paused is not None,
            project.project_id,
            project.title,
            project.instruction,
            schema,
            tuple(definitions.items()),
        )
        return self._teachers.get(key, lambda: self._make_whole_teacher(project, schema, definitions, is_paused))

    def _is_paused(self, project_id: int) -> bool:
        project = self.store.projects.get(project_id)
        return project is not None and project.waits_for_people

    def _make_whole_teacher(
        self, project: Project, schema: LabelSchema, definitions: Mapping[str, str], is_paused: _IsPaused | None
    ) -> Teacher:
        if not self.settings.uses_llm:
            return self._keep_books(project, ZeroShotTeacher(self.embedder, schema), is_paused)
        return self._book_llms(project, schema, self.make_llm_teachers(project, schema, definitions), is_paused)

    def _book_llms(
        self, project: Project, schema: LabelSchema, asked: Sequence[Teacher], is_paused: _IsPaused | None
    ) -> Teacher:
        """The LLM, or several as one, each with its books and its guard around it."""
        booked = [
            self._keep_books(
                project, teacher if is_paused is not None else ExactTeacher(teacher), is_paused, self.server_guard(llm)
            )
            for llm, teacher in zip(self.settings.llms, asked, strict=True)
        ]
        return booked[0] if self.settings.several_teachers is None else self.join_teachers(booked, schema)

    def join_teachers(self, teachers: Sequence[Teacher], schema: LabelSchema) -> SeveralTeachers:
        """Several teachers as one, in the order and the mode of their file.

        Raises:
            SettingsError: no file is set.
        """
        several = self.settings.several_teachers
        if several is None:
            raise SettingsError("MRARU_TEACHERS_FILE: not set, so there is one teacher at most")
        members = [
            NamedTeacher(name=llm.name, teacher=teacher)
            for llm, teacher in zip(self.settings.llms, teachers, strict=True)
        ]
        if several.mode is TeacherMode.CASCADE:
            return CascadeTeacher(members, unsure_below=several.unsure_below)
        return EnsembleTeacher(members, schema.labels)

    def _keep_books(
        self,
        project: Project,
        asked: Teacher,
        is_paused: _IsPaused | None,
        guard: ServerGuard | None = None,
        *,
        names_labels: bool = True,
    ) -> Teacher:
        """Put the ledger, the budget and, for an LLM, its server's guard around a teacher."""
        from mraru.teachers.guards.budgeted import BudgetedTeacher
        from mraru.teachers.guards.retrying import RetryingTeacher

        ledger = self.store.project_ledger(project.project_id)
        booked: Teacher = BudgetedTeacher(
            asked,
            ledger,
            project_id=project.project_id,
            budget=self.settings.budget,
            total_budget=self.settings.total_budget,
        )
        if guard is not None and names_labels:
            booked = LabelWatchedTeacher(booked, self.store.label_watches, project.project_id)
        if is_paused is not None:
            booked = PausableTeacher(booked, is_paused)
        retried = RetryingTeacher(
            guard.wrap(booked) if guard is not None else booked,
            max_attempts=self.settings.teacher_max_attempts,
            sleep=self.stopping.wait,
        )
        return CachedTeacher(retried, ledger, patience_s=self.settings.teacher_timeout_s, sleep=self.stopping.wait)

    def server_guard(self, llm: LLMSettings) -> ServerGuard:
        """What all teachers share, of whatever project and thread, that ask one model of one server."""
        from mraru.bootstrap.server_guards import make_server_guard

        key = (server_name(llm.base_url), llm.model)
        with self._making_guard:
            if key not in self._server_guards:
                self._server_guards[key] = make_server_guard(
                    self.settings, *key, sleep=self.stopping.wait, clock=self.clock, book=self.store.teacher_health
                )
            return self._server_guards[key]

    def find_price(self, llm: LLMSettings) -> Price:
        """What the tokens of an LLM cost.

        Raises:
            PriceUnknown: the model's price is neither known nor set.
        """
        from mraru.teachers.prices.pricing import find_price

        try:
            return find_price(llm.model, llm.base_url, llm.input_usd_per_mtok, llm.output_usd_per_mtok)
        except PriceUnknown as exc:
            if self.settings.teachers_file is None:
                raise
            raise PriceUnknown(
                f"The price of {llm.model}, the teacher '{llm.name}' of {self.settings.teachers_file}, is unknown, so "
                "the budget in dollars cannot be kept: set input_usd_per_mtok and output_usd_per_mtok there (dollars "
                "per million tokens; 0 for a local model)."
            ) from exc

    def make_llm_teachers(
        self,
        project: Project | ProjectDescription,
        schema: LabelSchema,
        definitions: Mapping[str, str],
        held_out: Collection[str] = (),
        stand_ins: Sequence[str] = (),
    ) -> tuple[OpenAITeacher, ...]:
        """The LLMs themselves, without ledger and budget around them, in the order of `settings.llms`.

        Args:
            definitions: of the labels, which the LLMs are told.
            held_out: hashes of texts that are not shown as examples, whoever labelled them.
            stand_ins: texts that fill examples up to as many as are configured: for estimates alone.

        Raises:
            PriceUnknown: a model's price is neither known nor set.
        """
        return tuple(
            self.make_llm_teacher(project, schema, definitions, llm, held_out, stand_ins) for llm in self.settings.llms
        )

    def make_llm_teacher(
        self,
        project: Project | ProjectDescription,
        schema: LabelSchema,
        definitions: Mapping[str, str],
        llm: LLMSettings | None = None,
        held_out: Collection[str] = (),
        stand_ins: Sequence[str] = (),
    ) -> OpenAITeacher:
        """One of them; the first of the settings when `llm` is None."""
        from mraru.teachers.llm.openai_teacher import OpenAITeacher
        from mraru.teachers.servers.server_capabilities import AnswerFormat

        settings = self.settings
        llm = llm or settings.llms[0]
        return OpenAITeacher(
            model=llm.model,
            prompt=self._make_prompt(project, schema, definitions, llm, held_out, stand_ins),
            price=self.find_price(llm),
            api_key=llm.api_key.get_secret_value() if llm.api_key else None,
            base_url=llm.base_url,
            api_version=llm.api_version,
            timeout_s=settings.teacher_timeout_s,
            max_tokens=settings.teacher_max_tokens,
            thinking_tokens=settings.teacher_thinking_tokens,
            effort=settings.reasoning_effort,
            confidence=Confidence(
                method=ConfidenceMethod(llm.confidence),
                n_samples=settings.confidence_samples,
                temperature=settings.confidence_temperature,
            ),
            answer_format=None if settings.answer_format == "auto" else AnswerFormat(settings.answer_format),
            capabilities=self.store.capabilities,
            now=self.clock,
            on_headers=self.server_guard(llm).hear,
        )

    def _make_prompt(
        self,
        project: Project | ProjectDescription,
        schema: LabelSchema,
        definitions: Mapping[str, str],
        llm: LLMSettings,
        held_out: Collection[str],
        stand_ins: Sequence[str],
    ) -> Prompt:
        settings = self.settings
        few_shot = None
        if settings.few_shot:
            examples: Examples = GoldExamples(self.store, project.project_id, schema, self.embedder, held_out)
            if stand_ins:
                examples = StandInExamples(examples, stand_ins, schema.labels)
            few_shot = FewShot(examples, n_examples=settings.few_shot, max_tokens=settings.few_shot_tokens)
        return Prompt(
            schema=schema,
            title=project.title,
            instruction=project.instruction if llm.instruction is None else llm.instruction,
            max_text_tokens=settings.max_text_tokens,
            definitions=definitions,
            few_shot=few_shot,
            answer_rule=ANSWER_RULE_WITH_REASON if settings.explanations else ANSWER_RULE,
        )
