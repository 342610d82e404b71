"""What stands around the LLM: its prompt, its price, its budget, its ledger, and the guard of its server."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from mraru.embedding.cached import CachedEmbedder
from mraru.interfaces import Teacher
from mraru.loop.examples import GoldExamples
from mraru.records import Budget, LabelSchema, ProjectDescription
from mraru.settings import Settings
from mraru.store.projects import Project
from mraru.store.store import Store
from mraru.teaching.budgeted import BudgetedTeacher
from mraru.teaching.cached import CachedTeacher
from mraru.teaching.capabilities import AnswerFormat
from mraru.teaching.circuit import Circuit
from mraru.teaching.confidence import Confidence, ConfidenceMethod
from mraru.teaching.examples import FewShot
from mraru.teaching.openai_client import server_name
from mraru.teaching.openai_teacher import OpenAITeacher
from mraru.teaching.pricing import Price, find_price
from mraru.teaching.prompt import ANSWER_RULE, ANSWER_RULE_WITH_REASON, Prompt
from mraru.teaching.rate_limiter import RateLimiter
from mraru.teaching.retrying import RetryingTeacher
from mraru.teaching.server_guard import ServerGuard
from mraru.teaching.zero_shot import ZeroShotTeacher


class TeacherServices(ABC):
    """The teachers of all projects of a process; they share their server's guard."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.clock = clock
        self.stopping = threading.Event()  # set when this process is asked to end
        self._making_guard = threading.Lock()
        self._server_guard: ServerGuard | None = None
        self._teachers: dict[tuple[int, str, str, LabelSchema, tuple[tuple[str, str], ...]], Teacher] = {}

    @property
    @abstractmethod
    def store(self) -> Store: ...

    @property
    @abstractmethod
    def embedder(self) -> CachedEmbedder: ...

    @property
    def budget(self) -> Budget:
        """Of each project."""
        settings = self.settings
        return Budget(max_calls=settings.max_calls, max_cost_usd=settings.max_cost_usd, max_tokens=settings.max_tokens)

    @property
    def total_budget(self) -> Budget:
        """Of all projects together."""
        settings = self.settings
        return Budget(
            max_calls=settings.total_max_calls,
            max_cost_usd=settings.total_max_cost_usd,
            max_tokens=settings.total_max_tokens,
        )

    def make_teacher(self, project: Project, schema: LabelSchema) -> Teacher:
        """The teacher of a project: each attempt is booked, each answer asked for once.

        From outside in: an answer that was paid for is taken from the ledger; what may pass is tried again; each
        attempt goes through the circuit, waits for its turn under the rate limits, and only then is booked.

        It is kept as long as the project's prompt stays the same, and with it what it learned of its server.

        Raises:
            PriceUnknown: the model's price is neither known nor set.
        """
        definitions = self.store.label_definitions.list_all(project.project_id)
        key = (project.project_id, project.title, project.instruction, schema, tuple(definitions.items()))
        if key not in self._teachers:
            asked = (
                self.make_llm_teacher(project, schema, definitions)
                if self.settings.uses_llm
                else ZeroShotTeacher(self.embedder, schema)
            )
            ledger = self.store.ledger
            booked = BudgetedTeacher(
                asked,
                ledger,
                project_id=project.project_id,
                budget=self.budget,
                total_budget=self.total_budget,
            )
            guarded = self.server_guard.wrap(booked) if self.settings.uses_llm else booked
            max_attempts = self.settings.teacher_max_attempts
            retried = RetryingTeacher(guarded, max_attempts=max_attempts, sleep=self.stopping.wait)
            self._teachers[key] = CachedTeacher(
                retried, ledger, patience_s=self.settings.teacher_timeout_s, sleep=self.stopping.wait
            )
        return self._teachers[key]

    @property
    def teacher_server(self) -> str:
        """Address of the LLM's server, without a password that it may hold."""
        return server_name(self.settings.openai_base_url)

    @property
    def server_guard(self) -> ServerGuard:
        """What every project's teacher shares, in whatever thread, since they all ask one model of one server."""
        with self._making_guard:
            if self._server_guard is None:
                self._server_guard = self._make_server_guard()
            return self._server_guard

    def _make_server_guard(self) -> ServerGuard:
        settings = self.settings
        server, model = self.teacher_server, settings.openai_model
        limiter = RateLimiter(
            requests_per_minute=settings.requests_per_minute,
            tokens_per_minute=settings.tokens_per_minute,
            sleep=self.stopping.wait,
        )
        circuit = Circuit(
            f"{model} at {server}",
            max_failures=settings.circuit_failures,
            pause_s=settings.circuit_pause_s,
            clock=self.clock,
        )
        return ServerGuard(server=server, model=model, limiter=limiter, circuit=circuit, book=self.store.teacher_health)

    def find_price(self) -> Price:
        """What the LLM's tokens cost.

        Raises:
            PriceUnknown: the model's price is neither known nor set.
        """
        settings = self.settings
        return find_price(
            settings.openai_model,
            settings.openai_base_url,
            settings.input_usd_per_mtok,
            settings.output_usd_per_mtok,
        )

    def make_llm_teacher(
        self, project: Project | ProjectDescription, schema: LabelSchema, definitions: Mapping[str, str]
    ) -> OpenAITeacher:
        """The LLM itself, without ledger and budget around it; it asks with these definitions of the labels.

        Raises:
            PriceUnknown: the model's price is neither known nor set.
        """
        settings = self.settings
        return OpenAITeacher(
            model=settings.openai_model,
            prompt=self._make_prompt(project, schema, definitions),
            price=self.find_price(),
            api_key=settings.openai_api_key.get_secret_value() if settings.openai_api_key else None,
            base_url=settings.openai_base_url,
            api_version=settings.openai_api_version,
            timeout_s=settings.teacher_timeout_s,
            max_tokens=settings.teacher_max_tokens,
            confidence=Confidence(
                method=ConfidenceMethod(settings.confidence),
                n_samples=settings.confidence_samples,
                temperature=settings.confidence_temperature,
            ),
            answer_format=None if settings.answer_format == "auto" else AnswerFormat(settings.answer_format),
            capabilities=self.store.capabilities,
            now=self.clock,
            on_headers=self.server_guard.hear,
        )

    def _make_prompt(
        self, project: Project | ProjectDescription, schema: LabelSchema, definitions: Mapping[str, str]
    ) -> Prompt:
        settings = self.settings
        few_shot = None
        if settings.few_shot:
            examples = GoldExamples(self.store, project.project_id, schema, self.embedder)
            few_shot = FewShot(examples, n_examples=settings.few_shot, max_tokens=settings.few_shot_tokens)
        return Prompt(
            schema=schema,
            title=project.title,
            instruction=project.instruction,
            max_text_tokens=settings.max_text_tokens,
            definitions=definitions,
            few_shot=few_shot,
            answer_rule=ANSWER_RULE_WITH_REASON if settings.explanations else ANSWER_RULE,
        )
