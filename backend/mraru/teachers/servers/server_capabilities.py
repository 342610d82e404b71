"""How a model's server must be asked: found out by its refusals, which cost nothing, and remembered."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import StrEnum

import openai

from mraru.interfaces import CapabilityStore
from mraru.records import ServerCapabilities
from mraru.teachers.servers.call_failures import quotes_text
from mraru.teachers.servers.error_bodies import read_error

logger = logging.getLogger(__name__)

KEPT_S = 7 * 24 * 3600.0  # seconds after which everything is tried anew: servers learn
MOST_ALTERNATIVES = 20  # the most that OpenAI gives
FEWER_ALTERNATIVES = 5  # what servers with a lower limit give
MANY_ALTERNATIVES = f"top_logprobs={MOST_ALTERNATIVES}"  # refused: ask for fewer
ALL_DEMANDS = "all demands"  # refused together, and it is not said which of them
LIMIT_NAMES = ("max_completion_tokens", "max_tokens")
OPTIONAL = (*LIMIT_NAMES, "temperature", "logprobs", "top_logprobs", "n", "reasoning_effort")


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
# OpenRouter's, where none of a model's servers takes all that was asked for; it does not say what was too much.
_TOO_MANY_DEMANDS = re.compile(r"no endpoints? found that can handle the requested parameters", re.I)
_DEMANDS = ("logprobs", "n", "temperature")  # given up in this order, after the formats
_NOT_ALLOWED = 403  # OpenAI's reasoning models refuse logprobs so


class Lesson(StrEnum):
    """What a refusal teaches of how to ask."""

    LEARNED = "learned"  # another style may be taken
    USELESS = "useless"  # it names what is at fault, and there is no other way to ask
    NOTHING = "nothing"  # it names no format and no parameter


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """How long a prompt and its answer may be together."""

    tokens: int  # as the server counts
    tokens_per_estimate: float | None  # that it counts for each that is estimated; None where it did not say


class CapabilityMemory:
    """What one model's server refuses. Thread-safe; without a store, this memory alone knows."""

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
        self._found = ServerCapabilities()
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

    def learn(self, exc: openai.APIStatusError, style: RequestStyle, sent: Collection[str], text: str) -> Lesson:
        """Take a refusal to heart.

        Args:
            style: of the request that was refused.
            sent: the names of its fields.
            text: the one asked about; a message that quotes it names nothing.
        """
        refused = _find_refused(exc, style, sent, text)
        if refused == ALL_DEMANDS:
            refused = _next_demand(style, sent, self._answer_format)
        if refused is None:
            return Lesson.NOTHING
        if refused == self._answer_format or refused == ALL_DEMANDS:
            return Lesson.USELESS
        if refused in LIMIT_NAMES and not set(LIMIT_NAMES).isdisjoint(style.refused):
            return Lesson.USELESS  # the limit is never left out
        self.note_refused(refused)
        return Lesson.LEARNED

    def note_refused(self, name: str) -> None:
        """Remember that the server refuses or ignores a format or a parameter."""
        with self._guard:
            known = self._read()
            if name in known.refused:
                return  # another thread was first
            self._keep(replace(known, refused=tuple(sorted({*known.refused, name}))))
        logger.info(
            "%s does not take %s: it is asked in another way from now on",
            self._model,
            name,
            extra={"event": "teacher_parameter_refused"},
        )

    def context(self) -> Context | None:
        """The server's context, if a prompt was too long for it."""
        with self._guard:
            known = self._read()
        if known.context_tokens is None:
            return None
        return Context(tokens=known.context_tokens, tokens_per_estimate=known.tokens_per_estimate)

    def note_context(self, tokens: int, tokens_per_estimate: float | None) -> None:
        """Remember how long a prompt and its answer may be; of the ratios that the server showed, the highest."""
        with self._guard:
            known = self._read()
            ratios = [ratio for ratio in (known.tokens_per_estimate, tokens_per_estimate) if ratio is not None]
            ratio = round(max(ratios), 2) if ratios else None
            if (known.context_tokens, known.tokens_per_estimate) == (tokens, ratio):
                return
            self._keep(replace(known, context_tokens=tokens, tokens_per_estimate=ratio))
        logger.info(
            "%s takes %d tokens at most: texts that are too long for it are cut from now on",
            self._model,
            tokens,
            extra={"event": "teacher_context_found"},
        )

    def _keep(self, found: ServerCapabilities) -> None:
        found = replace(found, found_at=found.found_at or self._now())
        if self._store is not None:
            self._store.save(self._server, self._model, found)
        self._found = found

    def _read(self) -> ServerCapabilities:
        if self._store is not None:  # others of this process learn of the same server
            self._found = self._store.load(self._server, self._model) or ServerCapabilities()
        if self._found.found_at and self._now() - self._found.found_at > KEPT_S:
            self._found = ServerCapabilities()
        return self._found


def _find_refused(exc: openai.APIStatusError, style: RequestStyle, sent: Collection[str], text: str) -> str | None:
    """The format or the optional parameter of a request that a refusal is about, if any."""
    body = read_error(exc)
    is_about_style = exc.status_code in {*_CALLER_AT_FAULT, *_SERVER_AT_FAULT, _NOT_ALLOWED}
    if not is_about_style or "model_not_found" in body.kinds:
        return None
    said = "" if quotes_text(body.message, text) else body.message
    if _TOO_MANY_DEMANDS.search(said):
        return ALL_DEMANDS
    if exc.status_code == _NOT_ALLOWED:
        return "logprobs" if "logprobs" in sent and _naming("logprobs").search(said) else None
    format_names = _FORMAT_NAMES.get(style.answer_format)
    if exc.status_code in _SERVER_AT_FAULT:
        is_format = format_names and format_names.search(said) and re.search(r"support|requires?|enable", said)
        return style.answer_format if is_format else None
    optional = [name for name in OPTIONAL if name in sent]
    if body.param:
        named = re.split(r"[.\[]", body.param)[0]
        if named in optional:
            return _fewer_first(named, style, said)
        return style.answer_format if format_names and format_names.search(named) else None
    positions = {name: hit.start() for name in optional if (hit := _naming(name).search(said))}
    if format_names and (hit := format_names.search(said)):
        positions[style.answer_format] = hit.start()
    if positions:
        return _fewer_first(min(positions, key=positions.__getitem__), style, said)
    return style.answer_format if format_names and _UNSUPPORTED.search(said) else None


def _next_demand(style: RequestStyle, sent: Collection[str], kept_format: AnswerFormat | None) -> str:
    """What is given up next where a server only says that too much is asked for."""
    if style.answer_format is not AnswerFormat.TEXT and style.answer_format != kept_format:
        return style.answer_format
    return next((name for name in _DEMANDS if name in sent), ALL_DEMANDS)


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
