"""The LLMs themselves: their prompts, prices and clients, without ledger and budget around them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from mraru.bootstrap.teaching.server_guards import ServerGuards
from mraru.errors import PriceUnknown
from mraru.interfaces import Embedder
from mraru.projects.learning.gold_examples import GoldExamples
from mraru.projects.learning.label_nearness import LabelNearness
from mraru.records import ProjectDescription
from mraru.schema_records import AnswerKind, LabelSchema
from mraru.settings import LLMSettings, Settings
from mraru.store.projects.project_repository import Project
from mraru.store.store import Store
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod
from mraru.teachers.prompting.few_shot_examples import Examples, FewShot
from mraru.teachers.prompting.prompt import Prompt
from mraru.teachers.prompting.stand_in_examples import StandInExamples
from mraru.teachers.shortlists.label_pages import LabelPages

if TYPE_CHECKING:
    from mraru.teachers.llm.openai_teacher import OpenAITeacher
    from mraru.teachers.prices.pricing import Price
    from mraru.teachers.side_questions.definition_drafter import DefinitionDrafter


class LLMFactory:
    """Makes the LLMs that are set; each that is made is for the caller to close."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        embedder: Embedder,
        clock: Callable[[], float],
        guards: ServerGuards,
    ) -> None:
        """Nothing is made yet.

        Args:
            store: of the examples, and of what servers do not understand.
            embedder: finds the examples nearest to a text.
            guards: hear from each answer what its server says of its limits.
        """
        self._settings = settings
        self._store = store
        self._embedder = embedder
        self._clock = clock
        self._guards = guards

    def make_all(
        self,
        project: Project | ProjectDescription,
        schema: LabelSchema,
        definitions: Mapping[str, str],
        held_out: Collection[str] = (),
        stand_ins: Sequence[str] = (),
    ) -> tuple[OpenAITeacher, ...]:
        """All of them, in the order of `settings.llms`.

        Args:
            definitions: of the labels, which the LLMs are told.
            held_out: hashes of texts that are not shown as examples, whoever labelled them.
            stand_ins: texts that fill examples up to as many as are configured: for estimates alone.

        Raises:
            PriceUnknown: a model's price is neither known nor set.
        """
        return tuple(self.make(project, schema, definitions, llm, held_out, stand_ins) for llm in self._settings.llms)

    def make(
        self,
        project: Project | ProjectDescription,
        schema: LabelSchema,
        definitions: Mapping[str, str],
        llm: LLMSettings | None = None,
        held_out: Collection[str] = (),
        stand_ins: Sequence[str] = (),
    ) -> OpenAITeacher:
        """One of them; the first of the settings when `llm` is None. Otherwise as `make_all`."""
        from mraru.teachers.llm.openai_teacher import OpenAITeacher
        from mraru.teachers.servers.server_capabilities import AnswerFormat

        settings = self._settings
        llm = llm or settings.llms[0]
        return OpenAITeacher(
            model=llm.model,
            prompt=self._make_prompt(project, schema, definitions, llm, held_out, stand_ins),
            price=find_llm_price(settings, llm),
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
            capabilities=self._store.capabilities,
            now=self._clock,
            on_headers=self._guards.guard_of(llm).hear,
            pages=self._make_pages(project.project_id, schema, definitions, held_out),
        )

    def _make_pages(
        self, project_id: int, schema: LabelSchema, definitions: Mapping[str, str], held_out: Collection[str]
    ) -> LabelPages | None:
        """Which labels prompts show, where that is not all."""
        if not shows_shortlist(self._settings, schema):
            return None
        ranking = LabelNearness(
            self._store, project_id, schema, self._embedder, definitions=definitions, held_out=held_out
        )
        return LabelPages(schema, ranking, size=self._settings.shortlist_size, definitions=definitions)

    def make_drafter(self, llm: LLMSettings) -> DefinitionDrafter:
        """This LLM as it drafts definitions.

        Raises:
            PriceUnknown: the model's price is neither known nor set.
        """
        from mraru.teachers.side_questions.definition_drafter import DefinitionDrafter

        settings = self._settings
        return DefinitionDrafter(
            model=llm.model,
            price=find_llm_price(settings, llm),
            api_key=llm.api_key.get_secret_value() if llm.api_key else None,
            base_url=llm.base_url,
            api_version=llm.api_version,
            timeout_s=settings.teacher_timeout_s,
            max_tokens=settings.teacher_max_tokens,
            thinking_tokens=settings.teacher_thinking_tokens,
            effort=settings.reasoning_effort,
            capabilities=self._store.capabilities,
            now=self._clock,
            on_headers=self._guards.guard_of(llm).hear,
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
        settings = self._settings
        few_shot = None
        if settings.few_shot:
            examples: Examples = GoldExamples(self._store, project.project_id, schema, self._embedder, held_out)
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
            with_reason=settings.explanations,
        )


def shows_shortlist(settings: Settings, schema: LabelSchema) -> bool:
    """Whether an LLM is shown the labels nearest to a text alone; ratings mean something by their order, so all are."""
    n_labels = len(schema.choices)
    is_long = n_labels > settings.max_prompt_labels and n_labels > settings.shortlist_size
    return is_long and schema.kind is not AnswerKind.RATING and not schema.questions


def find_llm_price(settings: Settings, llm: LLMSettings) -> Price:
    """What the tokens of an LLM cost.

    Raises:
        PriceUnknown: the model's price is neither known nor set.
    """
    from mraru.teachers.prices.pricing import find_price

    try:
        return find_price(llm.model, llm.base_url, llm.input_usd_per_mtok, llm.output_usd_per_mtok)
    except PriceUnknown as exc:
        if settings.teachers_file is None:
            raise
        raise PriceUnknown(
            f"The price of {llm.model}, the teacher '{llm.name}' of {settings.teachers_file}, is unknown, so "
            "the budget in dollars cannot be kept: set input_usd_per_mtok and output_usd_per_mtok there (dollars "
            "per million tokens; 0 for a local model)."
        ) from exc
