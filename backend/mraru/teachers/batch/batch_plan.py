"""A text's requests in a batch job, kept with all that reading their answers needs: settings may change meanwhile."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mraru.questions import ask_together
from mraru.schema_records import Choice, LabelSchema
from mraru.teachers.batch.question_records import dump_question, load_question
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod
from mraru.teachers.prices.pricing import Price
from mraru.teachers.servers.server_capabilities import AnswerFormat, RequestStyle
from mraru.teachers.shortlists.label_pages import LabelPage


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """The requests about one text, as they were made."""

    bodies: tuple[Mapping[str, object], ...]
    prompt_tokens_bound: int  # of one request
    max_tokens: int  # of one answer
    choices: tuple[Choice, ...]  # that were shown: of the project at that time, or some of them
    examples: tuple[str, ...]  # hashes of the texts that were shown as examples
    confidence: Confidence
    style: RequestStyle
    price: Price  # of the batch
    is_multiple: bool = False  # the answer names a set of them
    is_required: bool = False  # which is not empty
    most: int | None = None  # labels of it
    questions: tuple[LabelSchema, ...] = ()  # that are answered together; none: one
    text_tokens: int | None = None  # to which the text was cut for the length of the server's context
    known: tuple[Choice, ...] = ()  # where some were shown alone: all, and "none of these", as the last of `choices`
    is_last_page: bool = True  # no label is left that was not shown

    @property
    def schema(self) -> LabelSchema:
        """The labels that were shown."""
        if self.questions:
            return ask_together(self.questions)
        is_required = self.is_required and not self.known  # else an empty set is "none of these"
        return self._make_schema(self.choices, is_required=is_required)

    @property
    def page(self) -> LabelPage | None:
        """What was shown, where that was not all."""
        if not self.known:
            return None
        return LabelPage(
            schema=self.schema,
            known=self._make_schema(self.known, is_required=False),
            is_last=self.is_last_page,
            is_required=self.is_required,
        )

    def _make_schema(self, choices: tuple[Choice, ...], *, is_required: bool) -> LabelSchema:
        return LabelSchema(
            from_name="",
            to_name="",
            text_field="",
            choices=choices,
            is_multiple=self.is_multiple,
            is_required=is_required,
            most=self.most,
        )

    def dump(self) -> str:
        """As JSON, for the store."""
        return json.dumps(
            {
                "bodies": self.bodies,
                "prompt_tokens_bound": self.prompt_tokens_bound,
                "max_tokens": self.max_tokens,
                "choices": _dump_choices(self.choices),
                **({"known": _dump_choices(self.known), "is_last_page": self.is_last_page} if self.known else {}),
                "is_multiple": self.is_multiple,
                "is_required": self.is_required,
                "most": self.most,
                "questions": [dump_question(question) for question in self.questions],
                "examples": self.examples,
                "confidence": [self.confidence.method, self.confidence.n_samples, self.confidence.temperature],
                "style": [self.style.answer_format, self.style.limit_name, sorted(self.style.refused)],
                "text_tokens": self.text_tokens,
                "price": [self.price.input_usd_per_mtok, self.price.output_usd_per_mtok],
            },
            ensure_ascii=False,
        )

    @classmethod
    def load(cls, stored: str) -> BatchPlan:
        """Read it back."""
        kept = json.loads(stored)
        method, n_samples, temperature = kept["confidence"]
        answer_format, limit_name, refused = kept["style"]
        input_usd, output_usd = kept["price"]
        return cls(
            bodies=tuple(kept["bodies"]),
            prompt_tokens_bound=kept["prompt_tokens_bound"],
            max_tokens=kept["max_tokens"],
            choices=_load_choices(kept["choices"]),
            known=_load_choices(kept.get("known", ())),
            is_last_page=kept.get("is_last_page", True),
            is_multiple=kept.get("is_multiple", False),
            is_required=kept.get("is_required", False),
            most=kept.get("most"),
            questions=tuple(map(load_question, kept.get("questions", []))),
            examples=tuple(kept["examples"]),
            confidence=Confidence(method=ConfidenceMethod(method), n_samples=n_samples, temperature=temperature),
            style=RequestStyle(
                answer_format=AnswerFormat(answer_format), limit_name=limit_name, refused=frozenset(refused)
            ),
            text_tokens=kept.get("text_tokens"),
            price=Price(input_usd_per_mtok=input_usd, output_usd_per_mtok=output_usd),
        )


def _dump_choices(choices: Sequence[Choice]) -> list[list[str | None]]:
    return [[choice.value, choice.alias, choice.name] for choice in choices]


def _load_choices(kept: Sequence[Sequence[str]]) -> tuple[Choice, ...]:
    return tuple(
        Choice(value=value, alias=alias, name=name[0] if name else None)  # former plans have no name
        for value, alias, *name in kept
    )
