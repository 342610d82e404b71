"""What one answer shows of a model's server: how it must be asked, what it gives, whether its counts can be true."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from mraru.teachers.llm.answers.answer_text import has_thoughts, strip_wrapping
from mraru.teachers.llm.answers.chat_answer import ChatAnswer
from mraru.teachers.llm.answers.token_usage import MOST_CHARS_PER_TOKEN, book_tokens, count_reasoning
from mraru.teachers.llm.chat_request import Message

_CONTEXT_NAMES = (
    "max_model_len",  # vLLM
    "context_length",  # OpenRouter, Together
    "context_window",  # Groq
    "max_context_length",  # Mistral, LM Studio
    "max_input_tokens",  # Anthropic
    "n_ctx_train",  # llama.cpp
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFindings:
    """What a check found out beside the answer itself; kept in the ledger as part of the call's parameters."""

    answer_format: str
    limit_name: str  # of the answer's tokens
    takes_temperature: bool
    gives_logprobs: bool
    takes_n: bool | None  # gives several answers to one request; None: not tried
    reasoning: str = ""  # where the answer came with reasoning: "before the answer" or "in place of the answer"
    usage_doubt: str = ""  # why the counted tokens cannot be true; empty: they can
    answered_by: str = ""  # another model's name, where the server gave one
    context_tokens: int | None = None  # as the server tells; None: it tells nothing

    def dump(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def load(cls, parameters: str | None) -> CheckFindings | None:
        """Those that a call's parameters hold; None if they hold none, or those of another version of this package."""
        found = json.loads(parameters or "{}").get("check")
        try:
            return cls(**found)
        except TypeError:
            return None


def find_reasoning(answer: ChatAnswer) -> str:
    """Whether the model reasoned, and whether it gave an answer beside that.

    >>> find_reasoning(ChatAnswer())
    ''
    """
    if not answer.choices:
        return ""
    first = answer.choices[0]
    said = first.content or ""
    if not (first.shows_thoughts or has_thoughts(said) or count_reasoning(answer.usage)):
        return ""
    return "before the answer" if first.has_tool_calls or strip_wrapping(said) else "in place of the answer"


def doubt_usage(answer: ChatAnswer, messages: Sequence[Message], *, prompt_bound: int, completion_bound: int) -> str:
    """Why the tokens that a server counted cannot be true, in words; empty if they can."""
    booked = book_tokens(answer.usage, prompt_bound=prompt_bound, completion_bound=completion_bound)
    if not booked.is_counted:
        return "the server counts no tokens, or none that can be, so each call is booked at the most that it can cost"
    n_chars = sum(len(str(message["content"])) for message in messages)
    if booked.prompt_tokens > prompt_bound:
        return f"{booked.prompt_tokens:,} prompt tokens are more than this prompt can have"
    if booked.prompt_tokens < n_chars / MOST_CHARS_PER_TOKEN:
        return f"{booked.prompt_tokens:,} prompt tokens are too few for {n_chars:,} characters"
    if booked.completion_tokens > completion_bound:
        return f"{booked.completion_tokens:,} answer tokens are more than the limit of {completion_bound:,}"
    return ""


def find_context(listed: object, model: str) -> int | None:
    """The context of a model, in tokens, in what `/models` lists; None where that is not told.

    >>> find_context({"data": [{"id": "m", "max_model_len": 8192}]}, "m"), find_context({"data": []}, "m")
    (8192, None)
    """
    rows = listed.get("data") if isinstance(listed, Mapping) else None
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, Mapping) or str(row.get("id")).removeprefix("models/") != model:
            continue
        meta = row.get("meta")
        for told in (row, meta if isinstance(meta, Mapping) else {}):
            for name in _CONTEXT_NAMES:
                if isinstance(told.get(name), int):
                    return int(told[name])
    return None
