"""What a server said when it refused: one shape for the many in which servers say it.

OpenAI's `{"error": {"message": ...}}`, LM Studio's `{"error": "..."}`, FastAPI's and Mistral's `{"detail": ...}`,
`{"message": ...}`, Gemini's `[{"error": {...}}]`, web pages of gateways, plain text, nothing at all, and errors that
gateways pass on within their own, as JSON or as Python prints it.
"""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx
import openai

from mraru.teachers.servers.whole_text import make_whole

UNKNOWN_FAILURE = 500  # the status of an error that came as an answer and names none
NO_REASON = "no reason given"
MOST_CHARS_READ = 20_000  # of a message; servers that repeat a request can say much
MOST_DEPTH = 6  # of errors within errors
_NUMBER_FIELDS = {"n_ctx": "context_tokens", "n_prompt_tokens": "prompt_tokens"}  # llama.cpp's
_MESSAGE_FIELDS = ("message", "detail", "msg", "error", "error_description", "description", "reason", "title")
_ABOUT_ONE_ITEM = ("error", "detail", "errors")  # fields that may hold the error itself
_NEVER_SHOWN = frozenset({"input", "ctx", "failed_generation", "flagged_input", "messages", "url"})  # may be the text
_STATUSES = {  # of what servers name in words
    "rate_limit_exceeded": 429,
    "insufficient_quota": 402,
    "invalid_api_key": 401,
    "model_not_found": 404,
    "context_length_exceeded": 400,
    "content_filter": 400,
}
_STATUS = re.compile(r"[45]\d\d", re.ASCII)
_WRONG_PATH = re.compile(r"unexpected endpoint", re.I)  # LM Studio's, "returning 200 anyway"
_MARKUP = re.compile(r"<(?:!doctype|html|head|body)\b", re.I)
_UNSHOWN_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.I | re.S)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.I | re.S)
_TAG = re.compile(r"<[^<>]*>")
_PASSED_ON = re.compile(r"b?['\"]?(\[?\{.*\}\]?)['\"]?", re.S)  # an error in the middle of a message


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBody:
    """What an error says, in plain words and in the fields that servers have for programs."""

    message: str = NO_REASON  # one line, no markup
    code: str | None = None
    type: str | None = None
    param: str | None = None  # the field of the request that is at fault
    context_tokens: int | None = None  # the server's whole context
    prompt_tokens: int | None = None  # what it counted of ours

    @property
    def kinds(self) -> tuple[str, ...]:
        """Code and type: servers mix them up."""
        return tuple(kind for kind in (self.code, self.type) if kind)


def read_error(exc: openai.APIStatusError) -> ErrorBody:
    """What the server said with a status of failure."""
    try:
        raw = exc.response.text
    except Exception:  # a body that was never read, or that is no text
        return read_error_body(exc.body)
    return read_error_body(_load(raw))


def read_error_body(said: object) -> ErrorBody:
    """The same of a body, as JSON is loaded or as a string.

    >>> read_error_body({"error": "Context size has been exceeded."}).message
    'Context size has been exceeded.'
    >>> read_error_body({"detail": [{"loc": ["body", "top_p"], "msg": "Extra inputs are not permitted"}]})
    ErrorBody(message='body.top_p: Extra inputs are not permitted', code=None, type=None, param='top_p', \
context_tokens=None, prompt_tokens=None)
    >>> read_error_body("<html><head><title>502 Bad Gateway</title></head></html>").message, read_error_body("").message
    ('502 Bad Gateway', 'no reason given')
    """
    body = _read(said, 0)
    return replace(
        body,
        message=make_whole(body.message.strip()) or NO_REASON,
        code=make_whole(body.code),
        type=make_whole(body.type),
        param=make_whole(body.param),
    )


class HiddenError(openai.APIStatusError):
    """An error that came with status 200; `status_code` is the one that it names itself."""


def raise_hidden_error(answer: object) -> None:
    """Some gateways send the errors of the servers behind them as answers.

    Raises:
        HiddenError: this answer is one.
    """
    said = _find_hidden_error(answer)
    if said is None:
        return
    is_lost = _WRONG_PATH.search(read_error_body(said).message) is not None
    status = find_status(said) or (404 if is_lost else UNKNOWN_FAILURE)
    raise as_hidden_error(status, said, getattr(answer, "_request_id", None))


def as_hidden_error(status: int, said: object, request_id: str | None = None) -> HiddenError:
    """An error that came in place of an answer: the server may have begun to write one."""
    exc = as_status_error(status, said, request_id)
    return HiddenError(exc.message, response=exc.response, body=exc.body)


def _find_hidden_error(answer: object) -> Mapping[str, Any] | None:
    """The error that stands in an answer of status 200: in place of its choices, or in every one of them."""
    if isinstance(answer, list) and answer:  # Gemini's
        answer = answer[0]
    choices = getattr(answer, "choices", None)
    if not choices or not isinstance(choices, list):
        extra = _unforeseen(answer)
        named = {name: extra[name] for name in ("error", "errors", "detail", "message", "code") if extra.get(name)}
        return named if named.keys() - {"code"} else None
    errors = [choice.get("error") if isinstance(choice, Mapping) else None for choice in choices]
    return {"error": errors[0]} if all(errors) else None


def _unforeseen(model: object) -> Mapping[str, Any]:
    """Fields of an answer that the protocol does not have."""
    extra: Mapping[str, Any] | None = getattr(model, "model_extra", None)
    return extra or {}


def find_status(said: Mapping[str, Any]) -> int | None:
    """The status that an error names as its own, where it does: `"code": 429`, or in words.

    >>> find_status({"error": {"code": "502"}}), find_status({"error": {"type": "rate_limit_exceeded"}})
    (502, 429)
    >>> find_status({"error": {"code": "bad"}}), find_status({"error": "no"})
    (None, None)
    """
    holders = [holder for holder in (said.get("error"), said) if isinstance(holder, Mapping)]
    for value in (str(holder.get(name)) for holder in holders for name in ("code", "status", "status_code", "type")):
        if _STATUS.fullmatch(value):
            return int(value)
        if value in _STATUSES:
            return _STATUSES[value]
    return None


def as_status_error(status: int, said: object, request_id: str | None = None) -> openai.APIStatusError:
    """The client's error for one that came without its status, so that it means what it means with it."""
    may_be_header = request_id and request_id.isascii() and request_id.isprintable()
    headers = {"x-request-id": request_id} if request_id and may_be_header else {}
    content = said if isinstance(said, str) else json.dumps(said)
    request = httpx.Request("POST", "https://without-its-status.invalid")
    response: Any = httpx.Response(status, headers=headers, text=make_whole(content), request=request)
    return openai.APIStatusError(f"HTTP {status}", response=response, body=said)


def _read(said: object, depth: int) -> ErrorBody:
    if depth > MOST_DEPTH or said is None:
        return ErrorBody(message="")
    if isinstance(said, str):
        return _read_string(said, depth)
    if isinstance(said, Mapping):
        return _read_object(said, depth)
    if isinstance(said, Sequence):
        return _join([_read(item, depth + 1) for item in said[:3]])
    return ErrorBody(message="")


def _read_string(said: str, depth: int) -> ErrorBody:
    said = said[:MOST_CHARS_READ]
    if _MARKUP.search(said):
        return ErrorBody(message=_strip_markup(said))
    passed_on = _PASSED_ON.search(said)
    inner = _load_printed(passed_on[1]) if passed_on is not None else None
    if passed_on is None or inner is None:
        return ErrorBody(message=_to_line(said))
    read = _read(inner, depth + 1)
    if not read.message:
        return ErrorBody(message=_to_line(said))
    around = (said[: passed_on.start()].rstrip(" -:"), read.message, said[passed_on.end() :].lstrip(" ."))
    return replace(read, message=_to_line(": ".join(piece for piece in around if piece.strip())))


def _read_object(said: Mapping[str, Any], depth: int) -> ErrorBody:
    nested = next((said[name] for name in _ABOUT_ONE_ITEM if isinstance(said.get(name), Mapping | list)), None)
    inner = _read(nested, depth + 1)
    worded = next((said[name] for name in _MESSAGE_FIELDS if said.get(name) and said[name] is not nested), None)
    own = _read(worded, depth + 1)
    upstream = said.get("metadata")
    if isinstance(upstream, Mapping) and upstream.get("raw"):  # OpenRouter's: what the model's own server said
        inner = _read(upstream["raw"], depth + 1)
    message = own.message if not inner.message or inner.message in own.message else inner.message
    if own.message and isinstance(upstream, Mapping) and inner.message:
        message = f"{own.message}: {inner.message}"
    location = said.get("loc")
    if isinstance(location, list) and location and message:
        message = f"{'.'.join(str(part) for part in location)}: {message}"
    found = ErrorBody(
        message=message or _show_fields(said),
        code=inner.code or own.code or _as_name(said.get("code")),
        type=inner.type or own.type or _as_name(said.get("type")) or _as_name(said.get("error_type")),
        param=inner.param or own.param or _find_param(said),
        context_tokens=inner.context_tokens or own.context_tokens,
        prompt_tokens=inner.prompt_tokens or own.prompt_tokens,
    )
    numbers = {field: said[name] for name, field in _NUMBER_FIELDS.items() if isinstance(said.get(name), int)}
    return replace(found, **numbers)


def _find_param(said: Mapping[str, Any]) -> str | None:
    location = said.get("loc")
    if isinstance(location, list):
        return next((str(part) for part in location if part not in ("body", "query")), None)
    return _as_name(said.get("param"))


def _join(bodies: Sequence[ErrorBody]) -> ErrorBody:
    """Several errors as one: the first has the fields."""
    worded = [body for body in bodies if body.message]
    if not worded:
        return ErrorBody(message="")
    return replace(worded[0], message="; ".join(dict.fromkeys(body.message for body in worded)))


def _as_name(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and str(value) and not isinstance(value, bool) else None


def _show_fields(said: Mapping[str, Any]) -> str:
    """An object that has no field for a message."""
    shown = {name: value for name, value in said.items() if isinstance(value, str | int) and name not in _NEVER_SHOWN}
    if shown.keys() <= {"code", "type", "param", "status", "request_id", "object", "loc", "user_id", "error_type"}:
        return ""
    return _to_line(", ".join(f"{name}: {value}" for name, value in shown.items()))


def _load(raw: str) -> object:
    try:
        loaded: object = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    return loaded


def _load_printed(printed: str) -> object | None:
    """An object or a list, written as JSON or as Python prints it; None where it is neither."""
    for candidate in _unescaped(printed):
        try:
            loaded: object = json.loads(candidate)
        except (ValueError, RecursionError):
            try:
                loaded = ast.literal_eval(candidate)
            except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
                continue
        if isinstance(loaded, Mapping | list):
            return loaded
    return None


def _unescaped(printed: str) -> Iterator[str]:
    yield printed
    if "\\" in printed:  # printed within a string
        yield printed.replace("\\n", " ").replace('\\"', '"').replace("\\'", "'")


def _strip_markup(page: str) -> str:
    title = _TITLE.search(page)
    shown = title[1] if title and title[1].strip() else _UNSHOWN_MARKUP.sub(" ", page)
    return _to_line(html.unescape(_TAG.sub(" ", shown)))


def _to_line(said: str) -> str:
    return " ".join(said.split())
