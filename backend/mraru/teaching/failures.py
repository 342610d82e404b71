"""What a failed call means: try later, change a setting, or give up on this one text; and may it cost?

CallUnavailable (a TeacherUnavailable) and CallRefused (a TeacherMisconfigured) say whether the call may have
been billed. Messages carry what the server said, without the key and without the text.
"""

from __future__ import annotations

import math
import re

import openai

from mraru.errors import TeacherError, TeacherMisconfigured, TeacherUnavailable

MAX_SERVER_MESSAGE_CHARS = 300
QUOTE_CHARS = 30  # so many characters of a text in a server's message count as a quotation of it
SHORTEST_QUOTE_CHARS = 8  # shorter texts are in any message by chance
# A gateway that gave up on its upstream: the model behind it may have answered.
MAYBE_BILLED_STATUSES = frozenset({408, 499, 502, 504, 524})
NEVER_MENDED_STATUSES = frozenset({501, 505})  # not implemented, version not supported
RETRIED_STATUSES = frozenset({408, 409, 425, 429, 499})
NOT_SENT_CAUSES = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"})
TEXT_REFUSED_CODES = {
    "context_length_exceeded": "the text is too long for this model",
    "string_above_max_length": "the text is too long for this model",
    "content_filter": "the server's content filter refused the text",
    "content_policy_violation": "the server's content filter refused the text",
    "invalid_prompt": "the server's content filter refused the text",
}
SETTING_TO_CHECK = {
    401: "OPENAI_API_KEY",
    403: "OPENAI_API_KEY and what it may use",
    404: "OPENAI_MODEL and OPENAI_BASE_URL",
}
_KEY = re.compile(r"\b(?:sk|gsk|key)-[\w*-]+")


class CallUnavailable(TeacherUnavailable):
    """The teacher did not answer this call: a later attempt may succeed."""

    def __init__(self, message: str, *, maybe_billed: bool, retry_after_s: float | None = None) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.maybe_billed = maybe_billed


class CallRefused(TeacherMisconfigured):
    """The teacher refuses every call until a setting changes."""

    def __init__(self, message: str, *, maybe_billed: bool = False) -> None:
        super().__init__(message)
        self.maybe_billed = maybe_billed


class CallThrottled(CallUnavailable):
    """The server is well, and too busy with us: it turned the call away by its rate limit."""


class TextRefused(TeacherError):
    """The server refuses this one text, and would again."""

    def __init__(self, message: str, *, status: int, request_id: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.request_id = request_id


def translate_failure(exc: openai.APIError, *, text: str, secret: str | None) -> CallUnavailable | CallRefused:
    """Our error for one of the client's."""
    if isinstance(exc, openai.APIConnectionError):
        return _translate_connection_failure(exc)
    if not isinstance(exc, openai.APIStatusError):
        return CallRefused("The server's answer is no chat completion: check OPENAI_BASE_URL.", maybe_billed=True)
    status = exc.status_code
    said = quote_server(exc, text=text, secret=secret)
    if exc.code == "insufficient_quota" or exc.type == "insufficient_quota":
        return CallRefused(f"The account behind OPENAI_API_KEY has no money left: add some. {said}")
    if (status >= 500 and status not in NEVER_MENDED_STATUSES) or status in RETRIED_STATUSES:
        kind = CallThrottled if status == 429 else CallUnavailable
        return kind(
            f"The teacher's server is busy or broken: {said}",
            maybe_billed=status in MAYBE_BILLED_STATUSES,
            retry_after_s=read_retry_after_s(exc.response.headers.get("retry-after-ms"), 1000)
            or read_retry_after_s(exc.response.headers.get("retry-after")),
        )
    setting = SETTING_TO_CHECK.get(status, "OPENAI_MODEL, MRARU_ANSWER_FORMAT and what this server offers")
    return CallRefused(f"The teacher refuses requests: check {setting}. {said}")


def why_text_was_refused(exc: openai.APIStatusError) -> str | None:
    """The reason if a 400 is about this one text, else None."""
    if exc.status_code not in (400, 413, 422):
        return None
    for code in (exc.code, exc.type):
        if code in TEXT_REFUSED_CODES:
            return TEXT_REFUSED_CODES[code]
    if "maximum context length" in exc.message:  # vLLM has no code for it
        return TEXT_REFUSED_CODES["context_length_exceeded"]
    return None


def quote_server(exc: openai.APIStatusError, *, text: str, secret: str | None) -> str:
    """What the server said, cut, without the key, and left out where it repeats the text."""
    said = exc.message.removeprefix(f"Error code: {exc.status_code}").removeprefix(" - ") or "no reason given"
    if secret:
        said = said.replace(secret, "***")
    said = _KEY.sub("***", said)
    if quotes_text(said, text):
        return f"HTTP {exc.status_code} (the server's message repeats the text and is left out)"
    if len(said) > MAX_SERVER_MESSAGE_CHARS:
        said = said[:MAX_SERVER_MESSAGE_CHARS] + "…"
    return f"HTTP {exc.status_code}: {said}"


def quotes_text(message: str, text: str) -> bool:
    """Whether a message repeats a piece of a text.

    >>> quotes_text("bad input: 'The quick brown fox jumps over the lazy dog'",
    ...             "Yesterday: The quick brown fox jumps over the lazy dog again")
    True
    >>> quotes_text("bad model", "bad")
    False
    """
    size = min(QUOTE_CHARS, len(text))
    if size < SHORTEST_QUOTE_CHARS:
        return False
    return any(message[start : start + size] in text for start in range(len(message) - size + 1))


def read_retry_after_s(value: str | None, per_second: int = 1) -> float | None:
    """Seconds to wait, of a `Retry-After` in seconds (dates are not read).

    >>> read_retry_after_s("2"), read_retry_after_s("1500", 1000), read_retry_after_s("soon")
    (2.0, 1.5, None)
    """
    try:
        seconds = float(value or "") / per_second
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _translate_connection_failure(exc: openai.APIConnectionError) -> CallUnavailable:
    # Compared by name: the client raises httpx's exceptions or those of its successor.
    cause = type(exc.__cause__).__name__
    if cause in NOT_SENT_CAUSES:
        return CallUnavailable(
            f"The teacher's server cannot be reached ({cause}): check OPENAI_BASE_URL.", maybe_billed=False
        )
    if isinstance(exc, openai.APITimeoutError):
        return CallUnavailable(
            "The teacher did not answer in time: raise MRARU_TEACHER_TIMEOUT_S if it needs longer.",
            maybe_billed=True,
        )
    return CallUnavailable(f"The connection to the teacher broke ({cause}).", maybe_billed=True)
