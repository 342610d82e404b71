"""What a server says of the tokens of one answer, as far as it can be believed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

MOST_TOKENS = 10_000_000  # of one count: more than any model reads or writes at once
MOST_CHARS_PER_TOKEN = 20.0  # of a prompt or an answer, on average: a count of fewer tokens is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedTokens:
    """What one request counts for."""

    prompt_tokens: int
    completion_tokens: int
    is_counted: bool  # by the server, both; otherwise what it did not count is at its bound


def book_tokens(
    usage: object,
    *,
    prompt_bound: int,
    completion_bound: int,
    prompt_chars: int = 0,
    answer_chars: int = 0,
    is_empty: bool = False,
) -> BookedTokens:
    """The tokens to book for one answer: as counted, or at their bound where no believable count is given.

    Usage with a negative count is not believed at all, nor is a count of zero beside an answer, one of fewer tokens
    than so many characters can be, one beyond `MOST_TOKENS`, or one that is no whole number. What the total, or
    tokens of reasoning, say beyond the answer's tokens was generated too: it is booked as of the answer.

    Args:
        usage: as it came, in whatever form.
        prompt_bound: the most tokens that the prompt can be.
        completion_bound: the most that the answer may be.
        prompt_chars: characters that were sent.
        answer_chars: characters that came.
        is_empty: whether the answer has no words, so that it may have no tokens.

    >>> book_tokens({"prompt_tokens": 50, "completion_tokens": 5, "total_tokens": 255}, prompt_bound=90,
    ...             completion_bound=20)
    BookedTokens(prompt_tokens=50, completion_tokens=205, is_counted=True)
    >>> book_tokens({"prompt_tokens": 50, "completion_tokens": None}, prompt_bound=90, completion_bound=20)
    BookedTokens(prompt_tokens=50, completion_tokens=20, is_counted=False)
    """
    counts = [_field(usage, name) for name in ("prompt_tokens", "completion_tokens", "total_tokens")]
    reasoning = _reasoning_tokens(usage)
    fewest = _fewest_tokens(answer_chars)
    completion_bound = max(completion_bound, fewest)  # the server may have passed its limit
    if any(_is_negative(count) for count in (*counts, *reasoning)):
        return BookedTokens(prompt_tokens=prompt_bound, completion_tokens=completion_bound, is_counted=False)
    prompt = _believe(counts[0], least=max(1, _fewest_tokens(prompt_chars)))
    answer = _believe(counts[1], least=0 if is_empty else max(1, fewest))
    prompt_tokens = prompt_bound if prompt is None else prompt
    beside_prompt = (_believe(counts[2]) or 0) - prompt_tokens
    if answer is None and prompt is not None and beside_prompt >= max(1, fewest):
        answer = beside_prompt
    completion_tokens = completion_bound if answer is None else answer
    n_reasoning = count_reasoning(usage)
    if n_reasoning > completion_tokens:
        completion_tokens += n_reasoning  # more than the whole answer: so it was counted beside it
    return BookedTokens(
        prompt_tokens=prompt_tokens,
        completion_tokens=max(completion_tokens, beside_prompt),
        is_counted=prompt is not None and answer is not None,
    )


def count_reasoning(usage: object) -> int:
    """Tokens of reasoning, as far as the server tells of any that can be believed.

    >>> count_reasoning({"completion_tokens_details": {"reasoning_tokens": 7}}), count_reasoning(None)
    (7, 0)
    """
    return max(_believe(count) or 0 for count in _reasoning_tokens(usage))


def _fewest_tokens(n_chars: int) -> int:
    return math.ceil(n_chars / MOST_CHARS_PER_TOKEN)


def _reasoning_tokens(usage: object) -> tuple[object, ...]:
    """As OpenAI tells them, and as servers do that tell them beside the other counts."""
    details = _field(usage, "completion_tokens_details")
    return _field(details, "reasoning_tokens"), _field(usage, "reasoning_tokens")


def _field(said: object, name: str) -> object:
    return said.get(name) if isinstance(said, Mapping) else getattr(said, name, None)


def _believe(count: object, *, least: int = 1) -> int | None:
    # True is an int to Python.
    if not isinstance(count, int) or isinstance(count, bool):
        return None
    return count if least <= count <= MOST_TOKENS else None


def _is_negative(count: object) -> bool:
    return isinstance(count, int | float) and count < 0
