"""What a failed call means: try later, change a setting, or give up on this one text; and may it cost?

CallUnavailable (a TeacherUnavailable) and CallRefused (a TeacherMisconfigured) say whether the call may have
been billed. Messages carry what the server said, without the key and without the text.
"""

from __future__ import annotations

import math
import re

import openai

from mraru.errors import TeacherError, TeacherMisconfigured, TeacherUnavailable
from mraru.teachers.servers.context_size import Overflow
from mraru.teachers.servers.error_bodies import ErrorBody, read_error

MAX_SERVER_MESSAGE_CHARS = 300
QUOTE_CHARS = 30  # so many characters of a text in a server's message count as a quotation of it
SHORTEST_QUOTE_CHARS = 8  # shorter texts are in any message by chance
# A gateway that gave up on its upstream, or a model that failed while it wrote: it may have answered.
MAYBE_BILLED_STATUSES = frozenset({408, 424, 499, 502, 504, 524})
NEVER_MENDED_STATUSES = frozenset({501, 505})  # not implemented, version not supported
RETRIED_STATUSES = frozenset({408, 409, 424, 425, 429, 498, 499})  # 424: TGI's failures; 498: Groq's lack of room
NOT_SENT_CAUSES = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"})
LEFT_OUT = "the server's message repeats the text and is left out"
WHAT_IS_OFFERED = "OPENAI_MODEL, MRARU_ANSWER_FORMAT and what this server offers"
SETTING_TO_CHECK = {
    401: "OPENAI_API_KEY",
    403: "OPENAI_API_KEY and what it may use",
    404: "OPENAI_MODEL and OPENAI_BASE_URL",
    405: "OPENAI_BASE_URL",
}
_NO_MONEY_KINDS = frozenset(
    {
        "insufficient_quota",
        "insufficient_balance",
        "insufficient_credits",
        "billing_hard_limit_reached",
        "billing_not_active",
        "budget_exceeded",
    }
)
_NO_MONEY = re.compile(
    r"insufficient (?:account )?(?:balance|credits?|funds)|credit balance is too low|(?:no|requires more) credits"
    r"|used all available credits|credit limit exceeded|spending limit|budget has been exceeded|payment required",
    re.I,
)
_WRONG_KEY = re.compile(r"(?:incorrect|invalid) api[ _]key|api[ _]key (?:is )?(?:not valid|invalid|expired)", re.I)
_WRONG_MODEL_KINDS = frozenset({"model_not_found", "invalid_model", "unknown_model", "model_decommissioned"})
_WRONG_MODEL = re.compile(
    r"(?:invalid|unknown) model\b|not a valid model|\bmodel\b[^.]{0,80}"
    r"(?:not found|not exist|decommissioned|not available|not loaded)|no models? (?:is |are )?loaded",
    re.I,
)
_WRONG_PARAMETER_KINDS = frozenset(
    {"unsupported_parameter", "unknown_parameter", "unsupported_value", "missing_required_parameter", "extra_forbidden"}
)
_KEY = re.compile(r"\b(?:sk|gsk|key|xai)-[\w*-]+")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


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

    def __init__(
        self,
        message: str,
        *,
        status: int,
        request_id: str | None = None,
        is_answer_billed: bool = False,
        of_all: str | None = None,
    ) -> None:
        """Without a word of the text.

        Args:
            is_answer_billed: an answer was written, and the server threw it away.
            of_all: what to say if one text after the other is refused so; None where that says nothing of others.
        """
        super().__init__(message)
        self.status = status
        self.request_id = request_id
        self.is_answer_billed = is_answer_billed
        self.of_all = of_all


class TextTooLong(TextRefused):
    """The prompt with this text is longer than the server takes: a shorter one may be answered."""

    def __init__(self, *, overflow: Overflow, status: int, request_id: str | None, of_all: str) -> None:
        super().__init__("the text is too long for this model", status=status, request_id=request_id, of_all=of_all)
        self.overflow = overflow


class UnexplainedRefusal(TextRefused):
    """The server does not say whether it refuses this text or all: that shows when others are asked about."""

    of_all: str


def translate_failure(exc: openai.APIError, *, text: str, secret: str | None) -> CallUnavailable | CallRefused:
    """Our error for one of the client's."""
    if isinstance(exc, openai.APIConnectionError):
        return _translate_connection_failure(exc)
    if not isinstance(exc, openai.APIStatusError):
        return CallRefused("The server's answer is no chat completion: check OPENAI_BASE_URL.", maybe_billed=True)
    status = exc.status_code
    said = quote_server(exc, text=text, secret=secret)
    if is_without_money(status, read_error(exc)):
        return CallRefused(f"The account behind OPENAI_API_KEY has no money left: add some. {said}")
    if (status >= 500 and status not in NEVER_MENDED_STATUSES) or status in RETRIED_STATUSES:
        kind = CallThrottled if status == 429 else CallUnavailable
        return kind(
            f"The teacher's server is busy or broken: {said}",
            maybe_billed=status in MAYBE_BILLED_STATUSES,
            retry_after_s=read_retry_after_s(exc.response.headers.get("retry-after-ms"), 1000)
            or read_retry_after_s(exc.response.headers.get("retry-after")),
        )
    return CallRefused(f"The teacher refuses requests: check {find_setting(status, read_error(exc))}. {said}")


def is_without_money(status: int, said: ErrorBody) -> bool:
    """Whether the account has none left; OpenAI says so with the status of rate limits, others with 400 or 403."""
    is_said = not _NO_MONEY_KINDS.isdisjoint(said.kinds) or _NO_MONEY.search(said.message) is not None
    return status == 402 or (400 <= status < 500 and is_said)


def find_setting(status: int, said: ErrorBody) -> str:
    """The settings that a refusal of all requests is about."""
    if status not in (401, 403) and (names_wrong_model(said) or "no endpoints found for" in said.message.lower()):
        return "OPENAI_MODEL and OPENAI_BASE_URL"
    if _WRONG_KEY.search(said.message) or "invalid_api_key" in said.kinds:
        return "OPENAI_API_KEY"
    if status == 404 and "no endpoints found" in said.message.lower():  # OpenRouter's, for what is asked for
        return WHAT_IS_OFFERED
    return SETTING_TO_CHECK.get(status, WHAT_IS_OFFERED)


def names_wrong_model(said: ErrorBody) -> bool:
    """Whether the server lacks the model, whatever the status."""
    return not _WRONG_MODEL_KINDS.isdisjoint(said.kinds) or _WRONG_MODEL.search(said.message) is not None


def names_setting(said: ErrorBody) -> bool:
    """Whether a refusal surely is of all requests: for the key, the model or a parameter, never for a text."""
    is_parameter = not _WRONG_PARAMETER_KINDS.isdisjoint(said.kinds) and said.param != "messages"
    is_key = _WRONG_KEY.search(said.message) is not None or "invalid_api_key" in said.kinds
    return is_parameter or is_key or names_wrong_model(said)


def quote_server(exc: openai.APIStatusError, *, text: str, secret: str | None) -> str:
    """The status and what the server said, cut, without the key, and left out where it repeats the text."""
    words = quote_words(exc, text=text, secret=secret)
    return f"HTTP {exc.status_code}: {words}" if words else f"HTTP {exc.status_code} ({LEFT_OUT})"


def quote_words(exc: openai.APIStatusError, *, text: str, secret: str | None) -> str:
    """The same without the status; empty where it repeats the text."""
    said = read_error(exc).message
    if secret:
        said = said.replace(secret, "***")
    said = _KEY.sub("***", said)
    if quotes_text(said, text):
        return ""
    return said if len(said) <= MAX_SERVER_MESSAGE_CHARS else said[:MAX_SERVER_MESSAGE_CHARS] + "…"


def quotes_text(message: str, text: str) -> bool:
    """Whether a message repeats a piece of a text.

    >>> quotes_text("bad input: 'The quick brown fox jumps over the lazy dog'",
    ...             "Yesterday: The quick brown fox jumps over the lazy dog again")
    True
    >>> quotes_text("bad model", "bad")
    False
    """
    message, text = _to_line(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), message)), _to_line(text)
    size = min(QUOTE_CHARS, len(text))
    if size < SHORTEST_QUOTE_CHARS:
        return False
    return any(message[start : start + size] in text for start in range(len(message) - size + 1))


def _to_line(said: str) -> str:
    """With every space the same, as messages of servers are shown."""
    return " ".join(said.replace("\\n", " ").split())


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
