"""What servers send as text, made such that it can be stored."""

from __future__ import annotations


def make_whole(said: str | None) -> str | None:
    """A string that can be stored: half of a character, as JSON can hold it, becomes a question mark.

    >>> make_whole("Sport \\ud83d"), make_whole(None)
    ('Sport ?', None)
    """
    return said.encode("utf-8", "replace").decode() if said is not None else None
