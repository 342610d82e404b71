"""How long a prompt may be for a server, read out of its refusal of one that was too long."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mraru.teachers.servers.error_bodies import ErrorBody

SMALLEST_CONTEXT = 64  # tokens: what is smaller was misread
_TOO_LONG_KINDS = frozenset(
    {
        "context_length_exceeded",
        "string_above_max_length",
        "exceed_context_size_error",
        "context_exceeded",
        "request_too_large",
        "input_too_large",
        "model_context_window_exceeded",
    }
)
# How servers without a code for it say that a prompt is too long, each in its own words.
_TOO_LONG = re.compile(
    r"maximum (?:context|prompt|input|model) length|context (?:length|size|window) of only|exceed\w* (?:the )?"
    r"(?:available |model'?s? |maximum )*context|context (?:size|length|window|limit) (?:has been |is |was )?exceeded"
    r"|(?:longer|greater|larger) than the (?:model'?s )?(?:maximum )?context|when (?:the )?context (?:the )?overflows"
    r"|exceeds? the maximum number of tokens|maximum number of (?:input )?tokens allowed|(?:prompt|input) is too long"
    r"|prompt too long|tokens \+ .max_new_tokens. must be <=|must have less than [\d,]+ tokens"
    r"|tokens exceed the configured limit|\binput_too_large\b|request (?:entity )?too large|payload too large"
    r"|max_tokens must be at least 1, got -|maximum allowed (?:input|prompt) length"
    r"|context window exceeds|exceeded model token limit|configured context size is|range of input length should be",
    re.I,
)
_NUMBER = r"(\d[\d,]{0,15})"
_LIMITS = [
    re.compile(pattern, re.I)
    for pattern in (
        rf"maximum (?:context|prompt|input|model) length(?: is| of|:) (?:only )?{_NUMBER}",
        rf"context (?:length|size|window) (?:is|of) (?:only )?{_NUMBER}",
        rf"{_NUMBER} maximum context length",
        rf"context (?:length|size|window) \((?:n_ctx: )?{_NUMBER}",
        rf"n_ctx: {_NUMBER}",
        rf"model token limit: {_NUMBER}",
        rf"input length should be \[\d+, ?{_NUMBER}\]",
        rf"tokens allowed \({_NUMBER}",
        rf"context limit: .*> {_NUMBER}",
        rf"tokens > {_NUMBER} maximum",
        rf"must be <= {_NUMBER}",
        rf"must have less than {_NUMBER} tokens",
        rf"configured limit of {_NUMBER} tokens",
        rf"budget \({_NUMBER} tokens",
        rf"tokens per min\w*(?: \(TPM\))?: Limit {_NUMBER}",  # what is longer than a minute's share never passes
    )
]
_PROMPT_TOKENS = [
    re.compile(pattern, re.I)
    for pattern in (
        rf"{_NUMBER} (?:in (?:the messages|your prompt)|of text input)",
        rf"resulted in {_NUMBER} tokens",
        rf"(?:prompt|request) (?:contains|has) {_NUMBER}",
        rf"(?:keep the first |(?:request|input) \(|prompt \(length ){_NUMBER}",
        rf"token count \({_NUMBER}\)",
        rf"too long: {_NUMBER}(?: tokens|,)",
        rf"Given: {_NUMBER} .inputs. tokens",
        rf"n_keep: {_NUMBER}",
        rf"context limit: {_NUMBER} \+",
    )
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    """A prompt that is too long for a server, in the server's tokens; None is what it did not say."""

    context_tokens: int | None = None  # prompt and answer together
    prompt_tokens: int | None = None  # of the prompt that was refused


def find_overflow(said: ErrorBody) -> Overflow | None:
    """Whether an error is about the length of the prompt, and the numbers that it names.

    >>> find_overflow(ErrorBody(message="This model's maximum context length is 8192 tokens. However, "
    ...                                 "your messages resulted in 9,000 tokens."))
    Overflow(context_tokens=8192, prompt_tokens=9000)
    >>> find_overflow(ErrorBody(message="max_tokens is too large: 9999")) is None
    True
    """
    if _TOO_LONG_KINDS.isdisjoint(said.kinds) and not _TOO_LONG.search(said.message):
        return None
    return Overflow(
        context_tokens=_plausible(said.context_tokens or _first_number(_LIMITS, said.message)),
        prompt_tokens=_positive(said.prompt_tokens) or _positive(_first_number(_PROMPT_TOKENS, said.message)),
    )


def _plausible(n_tokens: int | None) -> int | None:
    return n_tokens if n_tokens is not None and n_tokens >= SMALLEST_CONTEXT else None


def _positive(n_tokens: int | None) -> int | None:
    return n_tokens if n_tokens is not None and n_tokens > 0 else None


def _first_number(patterns: list[re.Pattern[str]], message: str) -> int | None:
    found = next((hit for pattern in patterns if (hit := pattern.search(message))), None)
    return int(found[1].replace(",", "")) if found else None
