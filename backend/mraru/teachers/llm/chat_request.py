"""The body of a chat completions request: what is asked, in the format that the server understands."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mraru.schema_records import LabelSchema
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod
from mraru.teachers.prompting.answer_format import answer_schema, response_format
from mraru.teachers.prompting.question_words import ASK_AGAIN_ABOUT_QUESTIONS, describe_form, list_labels
from mraru.teachers.prompting.token_counting import estimate_tokens
from mraru.teachers.servers.server_capabilities import AnswerFormat, RequestStyle

Message = Mapping[str, object]  # role and content

TEMPERATURE = 0.0
TOOL_NAME = "label_text"
MAX_ECHO_BYTES = 300  # of a wrong answer that is shown to the LLM again
OVERHEAD_TOKENS_PER_MESSAGE = 16  # role and separators of the chat template
OVERHEAD_TOKENS_PER_CALL = 512  # what templates add of themselves: system preambles, dates, format rules
ASK_AGAIN = (
    "That answer names no label of this project. The labels are: {labels}. Answer once more about the same text "
    "and in the same form, with one of these labels, letter by letter."
)
ASK_AGAIN_FOR_SEVERAL = ASK_AGAIN.replace("names no label", "names no list of labels").replace(
    "one of these labels", "those of these labels that fit"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBuilder:
    """Makes the requests of one teacher, and says how large they can be."""

    model: str
    schema: LabelSchema
    with_reason: bool
    confidence: Confidence
    effort: str | None = None  # of a reasoning model's thoughts
    known: LabelSchema | None = None  # what an answer may name beside the labels that are shown; None: nothing

    def body(
        self,
        messages: Sequence[Message],
        style: RequestStyle,
        *,
        max_tokens: int,
        n: int = 1,
        temperature: float = TEMPERATURE,
    ) -> dict[str, object]:
        """The request as the protocol wants it.

        Args:
            max_tokens: of one answer, thoughts included.
            n: answers wanted; the server may give fewer.
        """
        body: dict[str, object] = {
            "model": self.model,
            "messages": list(messages),
            style.limit_name: max_tokens,
            **self._format_fields(style.answer_format),
        }
        if "temperature" not in style.refused:
            body["temperature"] = temperature
        if self.effort is not None and "reasoning_effort" not in style.refused:
            body["reasoning_effort"] = self.effort
        if n > 1:
            body["n"] = n
        if self.confidence.method is ConfidenceMethod.LOGPROBS and "logprobs" not in style.refused:
            body["logprobs"] = True
            if style.n_alternatives:
                body["top_logprobs"] = style.n_alternatives
        return body

    def _format_fields(self, answer_format: AnswerFormat) -> dict[str, object]:
        if answer_format is AnswerFormat.JSON_SCHEMA:
            return {"response_format": response_format(self.schema, self.with_reason)}
        if answer_format is AnswerFormat.TOOL:
            return {
                "tools": [self._tool],
                "tool_choice": {"type": "function", "function": {"name": TOOL_NAME}},
            }
        if answer_format is AnswerFormat.JSON_OBJECT:
            return {"response_format": {"type": "json_object"}}
        return {}

    @property
    def _tool(self) -> dict[str, object]:
        return {
            "type": "function",
            "function": {
                "name": TOOL_NAME,
                "description": "Takes the label of the text.",
                "parameters": answer_schema(self.schema, self.with_reason),
            },
        }

    def ask_again(self, messages: Sequence[Message], wrong: str) -> list[Message]:
        """The same conversation, gone on with the wrong answer and what was wrong with it."""
        return [
            *messages,
            {"role": "assistant", "content": clip_to_bytes(wrong, MAX_ECHO_BYTES) or "(nothing)"},
            {"role": "user", "content": self._ask_again_text},
        ]

    @property
    def _ask_again_text(self) -> str:
        if self.schema.questions:
            form = describe_form(self.schema, with_reason=self.with_reason)
            return ASK_AGAIN_ABOUT_QUESTIONS.format(form=form, labels=list_labels(self.schema))
        labels = ", ".join(json.dumps(choice.value, ensure_ascii=False) for choice in self.schema.choices)
        return (ASK_AGAIN_FOR_SEVERAL if self.schema.is_multiple else ASK_AGAIN).format(labels=labels)

    def prompt_tokens_bound(self, messages: Sequence[Message]) -> int:
        """More tokens than these messages can have: no tokenizer makes more tokens than bytes."""
        fields = max(most_bytes(shown) for shown in self._shown_formats)
        n_bytes = sum(most_bytes(str(message["content"])) for message in messages)
        overhead = OVERHEAD_TOKENS_PER_MESSAGE * len(messages) + OVERHEAD_TOKENS_PER_CALL
        return n_bytes + 2 * fields + overhead  # twice: servers indent schemas

    @property
    def format_tokens(self) -> int:
        """About how many tokens the description of the answer's format is."""
        return max(estimate_tokens(shown) for shown in self._shown_formats)

    @property
    def _shown_formats(self) -> list[str]:
        return [json.dumps(self._format_fields(kind), ensure_ascii=False) for kind in AnswerFormat]

    @property
    def ask_again_tokens_bound(self) -> int:
        """More tokens than asking again adds to a prompt."""
        return MAX_ECHO_BYTES + most_bytes(self._ask_again_text) + 2 * OVERHEAD_TOKENS_PER_MESSAGE


def most_bytes(shown: str) -> int:
    """Bytes of a string, or of its normal form where that is longer: some tokenizers normalize first."""
    return max(len(shown.encode()), len(unicodedata.normalize("NFKC", shown).encode()))


def clip_to_bytes(shown: str, max_bytes: int) -> str:
    """The longest head with no more than so many bytes, normalized or not.

    >>> clip_to_bytes("Sport", 3), clip_to_bytes("ﷺ", 10)
    ('Spo', '')
    """
    shown = shown.encode("utf-8", "replace").decode()[:max_bytes]
    low, high = 0, len(shown)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if most_bytes(shown[:middle]) <= max_bytes else (low, middle - 1)
    return shown[:low]
