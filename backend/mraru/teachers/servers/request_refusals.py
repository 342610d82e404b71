"""What a refusal of a request is about: how it was asked, this one text, or all of them."""

from __future__ import annotations

import re
from collections.abc import Collection

import openai

from mraru.teachers.servers.call_failures import (
    LEFT_OUT,
    CallRefused,
    CallUnavailable,
    TextRefused,
    TextTooLong,
    UnexplainedRefusal,
    is_without_money,
    names_setting,
    quote_server,
    quote_words,
    quotes_text,
    translate_failure,
)
from mraru.teachers.servers.context_size import Overflow, find_overflow
from mraru.teachers.servers.error_bodies import ErrorBody, HiddenError, read_error
from mraru.teachers.servers.server_capabilities import CapabilityMemory, Lesson, RequestStyle

Failure = CallUnavailable | CallRefused | TextRefused

_FILTERED = "the server's content filter refused the text"
_FILTERED_KINDS = frozenset(
    {"content_filter", "content_policy_violation", "invalid_prompt", "data_inspection_failed", "content_moderated"}
)
_FILTERED_WORDS = re.compile(
    r"content management policy|content violates|content exists risk|(?:input|prompt) (?:was|has been) flagged"
    r"|(?:prompt|input) (?:was|has been) (?:blocked|filtered)|data may contain inappropriate content",
    re.I,
)
_FILTER_STATUSES = frozenset({400, 403, 422, 451})
_TO_SHORTEN = (
    "give the model a longer context, or shorten the project's instruction and definitions, or lower MRARU_FEW_SHOT "
    "or MRARU_TEACHER_MAX_TOKENS."
)
_NO_FORM = "the LLM's answer had not the form that was asked for, and the server threw it away"
_NO_FORM_KINDS = frozenset({"json_validate_failed", "tool_use_failed"})  # Groq's
_NO_FORM_WORDS = re.compile(r"failed to (?:generate|validate) json|failed to call a function", re.I)
_TOO_LONG_STATUSES = frozenset({400, 413, 422, 500})  # 500: earlier versions of llama.cpp and Ollama
_OF_ONE_TEXT_STATUSES = frozenset({400, 422})


def understand_refusal(
    exc: openai.APIStatusError,
    memory: CapabilityMemory,
    style: RequestStyle,
    sent: Collection[str],
    *,
    text: str,
    secret: str | None,
    may_learn: bool = True,
) -> Failure | None:
    """Our error for a refused request; None if the memory learned of it how to ask instead.

    Args:
        style: of the request.
        sent: the names of its fields.
        text: the one asked about; a message that quotes it is not passed on, and names nothing.
        may_learn: whether the request was to the server that the memory is of.
    """
    failure = translate_failure(exc, text=text, secret=secret)
    if isinstance(exc, HiddenError) and isinstance(failure, CallUnavailable) and exc.status_code != 429:
        failure.maybe_billed = True  # the server had begun to answer
    said = read_error(exc)
    if isinstance(failure, CallRefused) and is_without_money(exc.status_code, said):
        return failure
    refused = _find_text_refusal(exc, said, quote_server(exc, text=text, secret=secret), text)
    if refused is not None:
        return refused
    lesson = memory.learn(exc, style, sent, text) if may_learn else Lesson.NOTHING
    if lesson is Lesson.LEARNED:
        return None
    is_unexplained = exc.status_code in _OF_ONE_TEXT_STATUSES and lesson is Lesson.NOTHING
    if not is_unexplained or (names_setting(said) and not quotes_text(said.message, text)):
        return failure
    words = quote_words(exc, text=text, secret=secret)
    return UnexplainedRefusal(
        f'the server refused this text and said "{words}"' if words else f"the server refused this text ({LEFT_OUT})",
        of_all=str(failure),
        status=exc.status_code,
        request_id=exc.request_id,
    )


def _find_text_refusal(exc: openai.APIStatusError, said: ErrorBody, quoted: str, text: str) -> TextRefused | None:
    status, request_id = exc.status_code, exc.request_id
    if quotes_text(said.message, text):  # what the text says is no reason
        said = ErrorBody(code=said.code, type=said.type)
    overflow = _find_overflow(status, said)
    if overflow is not None:
        return TextTooLong(
            overflow=overflow,
            status=status,
            request_id=request_id,
            of_all=f"The prompt is too long for the teacher's server, however short the text: {_TO_SHORTEN} {quoted}",
        )
    if status in _FILTER_STATUSES and _is(said, _FILTERED_KINDS, _FILTERED_WORDS):
        return TextRefused(_FILTERED, status=status, request_id=request_id)
    if status in _OF_ONE_TEXT_STATUSES and _is(said, _NO_FORM_KINDS, _NO_FORM_WORDS):
        return TextRefused(_NO_FORM, status=status, request_id=request_id, is_answer_billed=True)
    return None


def _find_overflow(status: int, said: ErrorBody) -> Overflow | None:
    if status == 429:  # a rate limit, unless no waiting helps
        return find_overflow(said) if said.message.lower().startswith("request too large") else None
    found = find_overflow(said) if status in _TOO_LONG_STATUSES else None
    return found or (Overflow() if status == 413 else None)


def _is(said: ErrorBody, kinds: Collection[str], words: re.Pattern[str]) -> bool:
    return any(kind in kinds for kind in said.kinds) or words.search(said.message) is not None
