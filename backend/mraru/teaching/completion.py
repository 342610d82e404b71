"""Reads a chat completion: the label of each choice, how likely each label was, and the tokens used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openai.types.chat import ChatCompletion
from openai.types.chat.chat_completion import Choice
from openai.types.chat.chat_completion_token_logprob import ChatCompletionTokenLogprob, TopLogprob

from mraru.records import LabelSchema
from mraru.teaching.answer import ParsedAnswer, parse_answer
from mraru.teaching.confidence import Distribution, Token, label_distribution, probability_of
from mraru.teaching.failures import CallRefused, CallUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One choice of a completion."""

    parsed: ParsedAnswer
    raw: str
    is_outside_labels: bool  # an answer, but no label: worth asking again
    distribution: Distribution | None = None


def read_completion(schema: LabelSchema, completion: object, max_tokens: int) -> tuple[ChatCompletion, list[Reading]]:
    """The completion, now known to be one, and its choices in order.

    Raises:
        CallRefused, CallUnavailable: as `check_completion`.
    """
    checked = check_completion(completion)
    return checked, [_read_choice(schema, choice, max_tokens) for choice in checked.choices]


def check_completion(completion: object) -> ChatCompletion:
    """The completion, now known to be one with a choice.

    Raises:
        CallRefused: it is no chat completion.
        CallUnavailable: it has no choice.
    """
    if not isinstance(completion, ChatCompletion):
        raise CallRefused(
            "The server's answer is no chat completion: check OPENAI_BASE_URL (it often ends in /v1).",
            maybe_billed=True,
        )
    if not completion.choices:
        raise CallUnavailable("The teacher's server answered without a choice.", maybe_billed=True)
    return completion


def _read_choice(schema: LabelSchema, choice: Choice, max_tokens: int) -> Reading:
    message = choice.message
    if message.refusal:
        return _no_answer(message.refusal, "the LLM refused to label this text")
    said = _tool_arguments(choice) or message.content
    if choice.finish_reason == "length":
        return _no_answer(said, f"the answer was cut at {max_tokens} tokens (MRARU_TEACHER_MAX_TOKENS)")
    if choice.finish_reason == "content_filter":
        return _no_answer(said, "the server's content filter stopped the answer")
    parsed = parse_answer(schema, said)
    distribution = None
    if parsed.label is not None and choice.logprobs is not None and choice.logprobs.content:
        distribution = label_distribution(schema, read_tokens(choice.logprobs.content))
    return Reading(parsed=parsed, raw=said or "", is_outside_labels=parsed.label is None, distribution=distribution)


def _no_answer(raw: str | None, reason: str) -> Reading:
    return Reading(parsed=ParsedAnswer(no_label_reason=reason), raw=raw or "", is_outside_labels=False)


def _tool_arguments(choice: Choice) -> str | None:
    calls = [call for call in choice.message.tool_calls or () if call.type == "function"]
    return calls[0].function.arguments if calls else None


def read_tokens(content: Sequence[ChatCompletionTokenLogprob]) -> list[Token]:
    """The tokens of an answer with what might have stood in their place."""
    tokens = []
    for token in content:
        text = _token_bytes(token)
        others = {_token_bytes(other): probability_of(other.logprob) for other in token.top_logprobs or ()}
        listed = others.pop(text, 0.0)  # the token itself is among them, if it is likely enough
        tokens.append(
            Token(
                text=text,
                probability=probability_of(token.logprob) or listed,
                alternatives=tuple(others.items()),
            )
        )
    return tokens


def _token_bytes(token: ChatCompletionTokenLogprob | TopLogprob) -> bytes:
    # A token may end within a character, which only its bytes show.
    return bytes(token.bytes) if token.bytes is not None else token.token.encode("utf-8", "replace")
