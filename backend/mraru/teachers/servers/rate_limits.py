"""What a server's headers say of its rate limits: `x-ratelimit-limit-*`, `-remaining-*` and `-reset-*`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

LimitKind = Literal["requests", "tokens"]

MINUTE_S = 60.0
LONGEST_RESET_S = 7 * 86_400.0  # a larger number is a moment, not a duration
SECONDS_OF_UNIT = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLimit:
    """One limit as the server tells it: `remaining` grows back to `limit` within `reset_s` seconds."""

    limit: float  # > 0
    remaining: float
    reset_s: float

    @property
    def per_minute(self) -> float:
        """What grows back in a minute; servers name limits of a day as they name those of a minute.

        >>> ToldLimit(limit=500, remaining=499, reset_s=0.12).per_minute
        500
        >>> round(ToldLimit(limit=14_400, remaining=14_370, reset_s=180.0).per_minute)
        10
        """
        used = self.limit - self.remaining
        if used <= 0 or self.reset_s <= 0:
            return self.limit
        grown = MINUTE_S * used / self.reset_s
        # Headers round the reset, so what is near a limit per minute is one.
        return self.limit if self.limit / 2 < grown < self.limit * 2 else grown


def read_limit(headers: Mapping[str, str], kind: LimitKind) -> ToldLimit | None:
    """The limit of requests or of tokens; None where the headers do not tell all of it.

    >>> read_limit({"x-ratelimit-limit-tokens": "9000", "x-ratelimit-remaining-tokens": "8000",
    ...             "x-ratelimit-reset-tokens": "6.7s"}, "tokens")
    ToldLimit(limit=9000.0, remaining=8000.0, reset_s=6.7)
    """
    limit = _read_number(headers.get(f"x-ratelimit-limit-{kind}"))
    remaining = _read_number(headers.get(f"x-ratelimit-remaining-{kind}"))
    if not limit or remaining is None:
        return None
    remaining = min(remaining, limit)
    reset_s = read_duration_s(headers.get(f"x-ratelimit-reset-{kind}"))
    if reset_s is None:
        reset_s = MINUTE_S * (limit - remaining) / limit
    return ToldLimit(limit=limit, remaining=remaining, reset_s=reset_s)


def read_duration_s(value: str | None) -> float | None:
    """Seconds of a duration as servers write it; a number alone counts seconds.

    >>> [read_duration_s(value) for value in ("6m0s", "7.5s", "120ms", "1h2m", "30", "soon", "1800000000", None)]
    [360.0, 7.5, 0.12, 3720.0, 30.0, None, None, None]
    """
    value = (value or "").strip()
    if _DURATION.fullmatch(value):
        seconds = sum(float(number) * SECONDS_OF_UNIT[unit] for number, unit in _PART.findall(value))
    else:
        number = _read_number(value)
        if number is None:
            return None
        seconds = number
    return seconds if seconds <= LONGEST_RESET_S else None


def _read_number(value: str | None) -> float | None:
    value = (value or "").strip()
    return float(value) if _NUMBER.fullmatch(value) else None
