"""When a project was made in Label Studio: what tells it from a later one of the same number."""

from __future__ import annotations

from datetime import datetime


def is_same_moment(one: str, other: str) -> bool:
    """Whether two ISO 8601 times may be the same, in whatever time zone and precision; an empty one says nothing.

    >>> is_same_moment("2026-01-01T10:00:00.5Z", "2026-01-01T12:00:00.500000+02:00"), is_same_moment("", "2026-01-01")
    (True, True)
    >>> is_same_moment("2026-01-01T10:00:00Z", "2026-01-01T10:00:01Z")
    False
    """
    if not one or not other or one == other:
        return True
    try:
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    except (ValueError, TypeError):
        return False


def is_same_second(one: str, second: int | None) -> bool:
    """Whether an ISO 8601 time may be in this second since 1970; None, or a time without zone, says nothing.

    >>> is_same_second("2026-01-01T10:00:00.5Z", 1767261600), is_same_second("", 1), is_same_second("2026-01-01", 1)
    (True, True, True)
    >>> is_same_second("2026-01-01T10:00:00.5Z", 1767261601)
    False
    """
    try:
        moment = datetime.fromisoformat(one)
    except ValueError:
        return True
    return second is None or moment.tzinfo is None or int(moment.timestamp()) == second
