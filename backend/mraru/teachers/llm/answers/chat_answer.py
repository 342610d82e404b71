"""A chat completion as far as it can be read: servers send anything in the place of anything."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openai import BaseModel

from mraru.teachers.llm.answers.confidence import Token, probability_of
from mraru.teachers.servers.whole_text import make_whole


class Completion(BaseModel):
    """What came, as it came: none of its fields is known to be what the protocol says."""

    id: Any = None
    model: Any = None
    choices: Any = None
    usage: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChoice:
    """One choice; what is missing, or is of another type than it should be, is None or empty."""

    content: str | None = None
    tool_arguments: str | None = None  # of the first call of a function
    refusal: str | None = None
    finish_reason: str = ""
    shows_thoughts: bool = False  # beside the content: vLLM, DeepSeek and OpenRouter do
    n_thought_chars: int = 0  # of them
    has_tool_calls: bool = False
    tokens: tuple[Token, ...] = ()  # with their probabilities, where the server gives them

    @property
    def n_chars(self) -> int:
        """Characters that the model wrote and that are shown."""
        return self.n_thought_chars + sum(len(said or "") for said in (self.content, self.tool_arguments, self.refusal))

    @property
    def is_empty(self) -> bool:
        """Whether it has no words, so that it may have no tokens."""
        return not (self.content or self.refusal or self.has_tool_calls or self.shows_thoughts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatAnswer:
    """A chat completion."""

    choices: tuple[AnswerChoice, ...] = ()
    usage: object = None
    model: str | None = None
    request_id: str | None = None  # for questions to the server's people


def read_answer(completion: Completion) -> ChatAnswer:
    """Take what can be read; a choice that is none is an empty one.

    >>> read_answer(Completion.construct(choices=[{"message": {"content": "Sport"}}, 7])).choices[1]
    AnswerChoice(content=None, tool_arguments=None, refusal=None, finish_reason='', shows_thoughts=False, \
n_thought_chars=0, has_tool_calls=False, tokens=())
    """
    choices = completion.choices if isinstance(completion.choices, list) else []
    return ChatAnswer(
        choices=tuple(_read_choice(choice) for choice in choices),
        usage=completion.usage,
        model=_string(completion.model) or None,
        request_id=_string(getattr(completion, "_request_id", None)) or _string(completion.id) or None,
    )


def _read_choice(choice: object) -> AnswerChoice:
    message = _field(choice, "message")
    calls = _list(_field(message, "tool_calls"))
    thoughts = _field(message, "reasoning_content") or _field(message, "reasoning")
    return AnswerChoice(
        content=join_content(_field(message, "content")),
        tool_arguments=next((said for call in calls if (said := _arguments(call)) is not None), None),
        refusal=_string(_field(message, "refusal")),
        finish_reason=_string(_field(choice, "finish_reason")) or "",
        shows_thoughts=bool(thoughts),
        n_thought_chars=len(_string(thoughts) or ""),
        has_tool_calls=bool(calls),
        tokens=read_tokens(_field(_field(choice, "logprobs"), "content")),
    )


def join_content(content: object) -> str | None:
    """What an answer says: some servers give it in parts, of which those of thoughts are left out.

    >>> join_content([{"type": "thinking", "thinking": []}, {"type": "text", "text": "Sport"}]), join_content(None)
    ('Sport', None)
    """
    if not isinstance(content, list):
        return _string(content)
    parts = [_string(_field(part, "text")) for part in content if _field(part, "type") == "text"]
    return "".join(part for part in parts if part is not None)


def _arguments(call: object) -> str | None:
    """Of a call of a function: a string by the protocol, an object at some servers."""
    arguments = _field(_field(call, "function"), "arguments")
    return json.dumps(arguments) if isinstance(arguments, dict) else _string(arguments)


def read_tokens(content: object) -> tuple[Token, ...]:
    """The tokens of an answer with what might have stood in their place; none where one of them cannot be read."""
    tokens = [_read_token(token) for token in _list(content)]
    return tuple(token for token in tokens if token is not None) if None not in tokens else ()


def _read_token(said: object) -> Token | None:
    text, probability = _token_bytes(said), _probability(said)
    if text is None or probability is None:
        return None
    others: dict[bytes, float] = {}
    for other in _list(_field(said, "top_logprobs")):
        name, share = _token_bytes(other), _probability(other)
        if name is None or share is None:
            return None
        others[name] = share
    listed = others.pop(text, 0.0)  # the token itself is among them, if it is likely enough
    return Token(text=text, probability=probability or listed, alternatives=tuple(others.items()))


def _token_bytes(said: object) -> bytes | None:
    # A token may end within a character, which only its bytes show.
    listed = _field(said, "bytes")
    if isinstance(listed, list) and all(isinstance(one, int) and 0 <= one < 256 for one in listed):
        return bytes(listed)
    token = _string(_field(said, "token"))
    return None if token is None else token.encode()


def _probability(said: object) -> float | None:
    logprob = _field(said, "logprob")
    if not isinstance(logprob, int | float) or isinstance(logprob, bool):
        return None
    return probability_of(float(logprob) if abs(logprob) < 1e6 else math.copysign(math.inf, logprob))


def _field(said: object, name: str) -> object:
    return said.get(name) if isinstance(said, Mapping) else None


def _list(said: object) -> list[Any]:
    return said if isinstance(said, list) else []


def _string(said: object) -> str | None:
    return make_whole(said) if isinstance(said, str) else None
