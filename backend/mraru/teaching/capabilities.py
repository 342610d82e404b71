"""How a model's server must be asked: found out by its refusals, which cost nothing, and remembered."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

import openai

from mraru.interfaces import CapabilityStore
from mraru.records import ServerCapabilities
from mraru.teaching.failures import quotes_text

logger = logging.getLogger(__name__)

KEPT_S = 7 * 24 * 3600.0  # seconds after which everything is tried anew: servers learn
MOST_ALTERNATIVES = 20  # the most that OpenAI gives
FEWER_ALTERNATIVES = 5  # what servers with a lower limit give
MANY_ALTERNATIVES = f"top_logprobs={MOST_ALTERNATIVES}"  # refused: ask for fewer
LIMIT_NAMES = ("max_completion_tokens", "max_tokens")


class AnswerFormat(StrEnum):
    """How the answer is restricted to the labels, the best first."""

    JSON_SCHEMA = "json_schema"  # structured output with the labels as an enum
    TOOL = "tool"  # a call of a function whose parameter is such an enum
    JSON_OBJECT = "json_object"  # JSON of any form
    TEXT = "text"  # as the prompt asks, unrestricted


# How servers name a format that they refuse, in messages or as the parameter at fault.
_FORMAT_NAMES = {
    AnswerFormat.JSON_SCHEMA: re.compile(
        r"response[ _]format|json[ _]schema|structured[ _]output|guided|grammar", re.I
    ),
    AnswerFormat.TOOL: re.compile(r"\btools?\b|tool[ _](?:choice|calls?|use)|\bfunctions?\b|function[ _]call", re.I),
    AnswerFormat.JSON_OBJECT: re.compile(r"response[ _]format|json[ _](?:object|mode)|structured[ _]output", re.I),
}
_UNSUPPORTED = re.compile(r"\b(?:un|not )support|does(?:n't| not) support|\bnot permitted\b|\bunrecognized\b", re.I)
_TOO_MANY = re.compile(r"greater|exceed|at most|max|less than|between", re.I)
_CALLER_AT_FAULT = frozenset({400, 422})
_SERVER_AT_FAULT = frozenset({404, 500, 501})  # some gateways and llama.cpp refuse formats so
_NOT_ALLOWED = 403  # OpenAI's reasoning models refuse logprobs so


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStyle:
    """How the next request is made."""

    answer_format: AnswerFormat
    limit_name: str  # of LIMIT_NAMES
    refused: frozenset[str]

    @property
    def n_alternatives(self) -> int:
        """Most alternatives per token to ask for, 0 where the server gives none."""
        if "top_logprobs" in self.refused:
            return 0
        return FEWER_ALTERNATIVES if MANY_ALTERNATIVES in self.refused else MOST_ALTERNATIVES


class CapabilityMemory:
    """What one model's server refuses. Thread-safe; the store is read once and written at each refusal."""

    def __init__(
        self,
        server: str,
        model: str,
        *,
        limit_name: str,
        store: CapabilityStore | None = None,
        answer_format: AnswerFormat | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is read yet.

        Args:
            limit_name: the name of the answer's token limit to try first.
            answer_format: the one to use, refused or not; the best that is not refused when None.
            now: seconds since 1970.
        """
        self._server, self._model = server, model
        self._limit_name = limit_name
        self._store = store
        self._answer_format = answer_format
        self._now = now
        self._found: ServerCapabilities | None = None
        self._guard = threading.Lock()

    def style(self) -> RequestStyle:
        """The best style that is not known to be refused."""
        with self._guard:
            refused = frozenset(self._read().refused)
        other_limit = next(name for name in LIMIT_NAMES if name != self._limit_name)
        return RequestStyle(
            answer_format=self._answer_format or next(kind for kind in AnswerFormat if kind not in refused),
            limit_name=other_limit if self._limit_name in refused else self._limit_name,
            refused=refused,
        )

    def learn(self, exc: openai.APIStatusError, style: RequestStyle, sent: Collection[str], text: str) -> bool:
        """Take a refusal to heart; False if another style would not help.

        Args:
            style: of the request that was refused.
            sent: the names of its fields.
            text: the one asked about; a message that quotes it names nothing.
        """
        refused = _find_refused(exc, style, sent, text)
        if refused is None or refused == self._answer_format:
            return False
        if refused in LIMIT_NAMES and not set(LIMIT_NAMES).isdisjoint(style.refused):
            return False  # the limit is never left out
        self.note_refused(refused)
        return True

    def note_refused(self, name: str) -> None:
        """Remember that the server refuses or ignores a format or a parameter."""
        with self._guard:
            known = self._read()
            if name in known.refused:
                return  # another thread was first
            found = ServerCapabilities(
                refused=tuple(sorted({*known.refused, name})), found_at=known.found_at or self._now()
            )
            if self._store is not None:
                self._store.save(self._server, self._model, found)
            self._found = found
        logger.info(
            "%s does not take %s: it is asked in another way from now on",
            self._model,
            name,
            extra={"event": "teacher_parameter_refused"},
        )

    def _read(self) -> ServerCapabilities:
        if self._found is None:
            kept = self._store.load(self._server, self._model) if self._store is not None else None
            self._found = kept or ServerCapabilities()
        if self._found.refused and self._now() - self._found.found_at > KEPT_S:
            self._found = ServerCapabilities()
        return self._found


def _find_refused(exc: openai.APIStatusError, style: RequestStyle, sent: Collection[str], text: str) -> str | None:
    """The format or the optional parameter of a request that a refusal is about, if any."""
    if exc.status_code not in {*_CALLER_AT_FAULT, *_SERVER_AT_FAULT, _NOT_ALLOWED} or exc.code == "model_not_found":
        return None
    said = "" if quotes_text(exc.message, text) else exc.message
    if exc.status_code == _NOT_ALLOWED:
        return "logprobs" if "logprobs" in sent and _naming("logprobs").search(said) else None
    format_names = _FORMAT_NAMES.get(style.answer_format)
    if exc.status_code in _SERVER_AT_FAULT:
        is_format = format_names and format_names.search(said) and re.search(r"support|requires?|enable", said)
        return style.answer_format if is_format else None
    optional = [name for name in (*LIMIT_NAMES, "temperature", "logprobs", "top_logprobs", "n") if name in sent]
    if exc.param:
        named = re.split(r"[.\[]", exc.param)[0]
        if named in optional:
            return _fewer_first(named, style, said)
        return style.answer_format if format_names and format_names.search(named) else None
    positions = {name: hit.start() for name in optional if (hit := _naming(name).search(said))}
    if format_names and (hit := format_names.search(said)):
        positions[style.answer_format] = hit.start()
    if positions:
        return _fewer_first(min(positions, key=positions.__getitem__), style, said)
    return style.answer_format if format_names and _UNSUPPORTED.search(said) else None


def _naming(name: str) -> re.Pattern[str]:
    # A bare n is in any message by chance.
    return re.compile(r"['\"`]n['\"`]|\bn (?:must|should|is|>)" if name == "n" else rf"\b{name}\b")


def _fewer_first(name: str, style: RequestStyle, said: str) -> str:
    """A limit on alternatives is no refusal of them: fewer are tried before none."""
    if style.n_alternatives == MOST_ALTERNATIVES and (
        name == "top_logprobs" or (name == "logprobs" and _TOO_MANY.search(said))
    ):
        return MANY_ALTERNATIVES
    return name
