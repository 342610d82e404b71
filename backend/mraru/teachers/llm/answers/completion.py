"""Reads a chat completion: the label of each choice, and how likely each label was."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mraru.schema_records import LabelSchema
from mraru.teachers.llm.answers.answer import ParsedAnswer, parse_answer
from mraru.teachers.llm.answers.answer_text import has_thoughts
from mraru.teachers.llm.answers.chat_answer import AnswerChoice, ChatAnswer, Completion, read_answer
from mraru.teachers.llm.answers.confidence import Distribution, label_distribution
from mraru.teachers.llm.answers.question_answer import parse_question_answer
from mraru.teachers.llm.answers.set_answer import parse_set_answer
from mraru.teachers.servers.call_failures import CallRefused, CallUnavailable

CUT = "the answer was cut at {} tokens (MRARU_TEACHER_MAX_TOKENS)"
CUT_THINKING = "the answer was cut at {} tokens, while the LLM was thinking (MRARU_TEACHER_THINKING_TOKENS)"
MOST_KEPT_CHARS = 100_000  # of an answer as it came, in the ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One choice of a completion."""

    parsed: ParsedAnswer
    raw: str
    is_outside_labels: bool  # an answer, but no label: worth asking again
    is_cut: bool = False  # by the limit of tokens, before a label was named
    thinks: bool = False  # thoughts were seen beside the answer, or nothing but them can have been cut
    distribution: Distribution | None = None


def read_completion(
    schema: LabelSchema, completion: object, max_tokens: int, known: LabelSchema | None = None
) -> tuple[ChatAnswer, list[Reading]]:
    """The completion, now known to be one, and its choices in order.

    Args:
        known: with labels that were not shown, but may be named as well.

    Raises:
        CallRefused, CallUnavailable: as `check_completion`.
    """
    checked = check_completion(completion)
    return checked, [_read_choice(schema, choice, max_tokens, known) for choice in checked.choices]


def check_completion(completion: object) -> ChatAnswer:
    """The completion, now known to be one with a choice.

    Raises:
        CallRefused: it is no chat completion.
        CallUnavailable: it has no choice.
    """
    if not isinstance(completion, Completion):
        raise CallRefused(
            "The server's answer is no chat completion: check OPENAI_BASE_URL (it often ends in /v1).",
            maybe_billed=True,
        )
    answer = read_answer(completion)
    if not answer.choices:
        raise CallUnavailable("The teacher's server answered without a choice.", maybe_billed=True)
    return answer


def _read_choice(
    schema: LabelSchema, choice: AnswerChoice, max_tokens: int, known: LabelSchema | None = None
) -> Reading:
    if choice.refusal:
        return _no_answer(choice.refusal, "the LLM refused to label this text")
    said = choice.tool_arguments or choice.content or ""
    if choice.finish_reason == "length":
        thinks = choice.shows_thoughts or not said.strip() or has_thoughts(said)
        reason = CUT_THINKING if thinks else CUT
        return replace(_no_answer(said, reason.format(max_tokens)), is_cut=True, thinks=thinks)
    if choice.finish_reason == "content_filter":
        return _no_answer(said, "the server's content filter stopped the answer")
    parsed = _parse(schema, said)
    if parsed.label is None and known is not None:
        parsed = _parse(known, said)
    is_followed = parsed.label is not None and choice.tokens and not schema.is_multiple
    distribution = label_distribution(schema, choice.tokens) if is_followed else None
    return replace(
        _no_answer(said, ""), parsed=parsed, is_outside_labels=parsed.label is None, distribution=distribution
    )


def _parse(schema: LabelSchema, said: str) -> ParsedAnswer:
    if schema.questions:
        return parse_question_answer(schema, said)
    return parse_set_answer(schema, said) if schema.is_multiple else parse_answer(schema, said)


def _no_answer(raw: str, reason: str) -> Reading:
    kept = raw if len(raw) <= MOST_KEPT_CHARS else raw[:MOST_KEPT_CHARS] + "…"
    return Reading(parsed=ParsedAnswer(no_label_reason=reason), raw=kept, is_outside_labels=False)
