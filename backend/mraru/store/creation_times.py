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
