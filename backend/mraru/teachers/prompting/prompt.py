"""What the LLM is told: the job in the system message, then each text alone in a user message of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mraru.schema_records import Choice, LabelSchema, name_with_question
from mraru.teachers.prompting.answer_format import response_format
from mraru.teachers.prompting.answer_kinds import describe_kind
from mraru.teachers.prompting.delimiting import clean_text, delimit_text
from mraru.teachers.prompting.few_shot_examples import Example, FewShot
from mraru.teachers.prompting.prompt_words import describe_answer, describe_examples, describe_job
from mraru.teachers.prompting.question_words import list_questions, render_answer
from mraru.teachers.prompting.token_counting import shorten_text

if TYPE_CHECKING:
    from openai.types.chat import (
        ChatCompletionAssistantMessageParam,
        ChatCompletionSystemMessageParam,
        ChatCompletionUserMessageParam,
    )

    Message = ChatCompletionSystemMessageParam | ChatCompletionUserMessageParam | ChatCompletionAssistantMessageParam


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """How one project asks about a text.

    Examples go in as turns: the example's text as a user message in the same delimiters as the text asked about,
    the label that people gave it as the answer to it. So no text ever shares a message with another one or with
    instructions, and the only words in an assistant's message are labels of the project.
    """

    schema: LabelSchema
    title: str  # of the project
    instruction: str  # for annotators; may be empty
    max_text_tokens: int  # shown of a longer text, half from its head and half from its tail
    definitions: Mapping[str, str] = field(default_factory=dict)  # what labels mean, by label as stored
    few_shot: FewShot | None = None
    with_reason: bool = False  # whether the answer holds a reason beside the label

    @property
    def without_examples(self) -> Prompt:
        """The prompt as it is where no example can be shown, and where none are configured."""
        return replace(self, few_shot=None)

    @property
    def system(self) -> str:
        """The system message of a text without examples."""
        return self._system(has_examples=False)

    def _system(self, *, has_examples: bool) -> str:
        parts = [describe_job(self.schema), describe_answer(self.schema, with_reason=self.with_reason)]
        if has_examples:
            parts.append(describe_examples(self.schema))
        if self.title.strip():
            parts.append(f"Project: {self.title.strip()}")
        if self.instruction.strip():
            parts.append(f"Instruction for annotators:\n{self.instruction.strip()}")
        if note := describe_kind(self.schema):
            parts.append(note)
        if self.schema.questions:
            parts.append(list_questions(self.schema, self._describe))
        else:
            parts.append("\n".join(["Labels:", *(self._describe(choice) for choice in self.schema.choices)]))
        return clean_text("\n\n".join(parts))

    def render(self, text: str) -> tuple[Message, ...]:
        """The messages that ask about one text, its own message last."""
        return self._render(text, self.few_shot.choose(text) if self.few_shot is not None else ())

    def shorten(self, messages: Sequence[Mapping[str, object]], text: str, max_text_tokens: int) -> tuple[Any, ...]:
        """The same messages with less of the text, cut and marked as ever."""
        shown = _show(text, min(max_text_tokens, self.max_text_tokens))
        return (*messages[:-1], {"role": "user", "content": shown})

    def examples_of(self, text: str) -> tuple[str, ...]:
        """Hashes of the texts that are shown as examples with this one: to be kept with the answer."""
        return tuple(example.text_hash for example in self.few_shot.choose(text)) if self.few_shot is not None else ()

    def version(self, **decoding: str | float) -> str:
        """Hash of everything that shapes an answer but the text: messages, answer format, decoding.

        With examples on, it covers how many there may be and how they are shown, not which ones: those depend on
        the text and on what people have labelled by then. Otherwise each new correction would make a new version
        and every text would be paid for again. Which were shown is kept with each answer (`examples_of`). A text
        with which none can be shown is asked about with another prompt, `without_examples`, of another version.

        Nor does it cover that a text was cut further because the server's context was too small for it. The context
        is learned by and by, and may grow: with it in the version, each refusal for length would have every text
        paid for again. The question stays the same one, about as much of the text as the server takes; how much
        that was is kept with each answer that was cut so (`text_tokens`).
        """
        example = Example(text="", label=_any_answer(self.schema)) if self.schema.choices else None
        few_shot = [self.few_shot.n_examples, self.few_shot.max_tokens] if self.few_shot is not None else None
        shape = [
            self._render("", (example,) if example is not None and few_shot is not None else ()),
            self.max_text_tokens,
            few_shot,
            response_format(self.schema, self.with_reason),
            decoding,
        ]
        canonical = json.dumps(shape, sort_keys=True).encode()
        return hashlib.blake2b(canonical, digest_size=6).hexdigest()

    def _render(self, text: str, examples: Sequence[Example]) -> tuple[Message, ...]:
        messages: list[Message] = [{"role": "system", "content": self._system(has_examples=bool(examples))}]
        for example in examples:
            assert self.few_shot is not None
            messages.append({"role": "user", "content": _show(example.text, self.few_shot.tokens_per_example)})
            messages.append({"role": "assistant", "content": self._answer(example.label)})
        messages.append({"role": "user", "content": _show(text, self.max_text_tokens)})
        return tuple(messages)

    def _answer(self, label: str) -> str:
        """How the LLM would have given this label."""
        if self.schema.questions:
            return json.dumps(render_answer(self.schema, label), ensure_ascii=False)
        values = {choice.stored: choice.value for choice in self.schema.choices}
        named = [values.get(each, each) for each in self.schema.labels_of(label)]
        said = {"labels": named} if self.schema.is_multiple else {"label": named[0]}
        return json.dumps(said, ensure_ascii=False)

    def _describe(self, choice: Choice, question: str | None = None) -> str:
        """The line of a label; of several questions, one of which has it."""
        line = f"- {_quote(choice.value)}"
        if choice.alias:
            line += f" (also known as {_quote(choice.alias)})"
        if choice.hint and choice.hint.strip():
            line += f": {choice.hint.strip()}"
        name = choice.stored if question is None else name_with_question(question, choice.stored)
        definition = self.definitions.get(name, "").strip()
        if definition:
            line += "\n  Definition: " + "\n  ".join(definition.splitlines())
        return line


def _any_answer(schema: LabelSchema) -> str:
    """The first label, of each question where there are several."""
    return schema.join_parts({question.from_name: question.labels[0] for question in schema.asked})


def _show(text: str, max_tokens: int) -> str:
    return delimit_text(shorten_text(clean_text(text), max_tokens))


def _quote(label: str) -> str:
    return json.dumps(label, ensure_ascii=False)
