"""Numbers by which Label Studio names its things."""

from __future__ import annotations

from collections.abc import Mapping

from mraru.errors import EventInvalid


def require_id(raw: object, key: str) -> int:
    """The id under `key`.

    Raises:
        EventInvalid: there is none, or `raw` is no mapping.
    """
    found = read_id(raw.get(key)) if isinstance(raw, Mapping) else None
    if found is None:
        raise EventInvalid(f"Label Studio sent something without a number as its {key!r}")
    return found


def read_id(raw: object) -> int | None:
    """An id, given as such or as the object that it belongs to.

    >>> read_id(7), read_id({"id": 7}), read_id(None)
    (7, 7, None)
    """
    if isinstance(raw, Mapping):
        raw = raw.get("id")
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else None
