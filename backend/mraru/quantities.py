"""Numbers of things in words: one text, but two texts."""

from __future__ import annotations


def spell_quantity(n: int, noun: str, plural: str | None = None) -> str:
    """How many of what.

    Args:
        noun: its singular.
        plural: where that is not the noun with an s.

    >>> spell_quantity(1, "project"), spell_quantity(0, "text"), spell_quantity(1200, "class", "classes")
    ('1 project', '0 texts', '1,200 classes')
    """
    return f"{n:,} {choose_form(n, noun, plural or f'{noun}s')}"


def choose_form(n: int, singular: str, plural: str) -> str:
    """The form that goes with the number.

    >>> choose_form(1, "is", "are"), choose_form(0, "is", "are")
    ('is', 'are')
    """
    return singular if n == 1 else plural


def spell_stars(apart: float) -> str:
    """A mean distance between ratings.

    >>> spell_stars(0.4), spell_stars(1.0)
    ('0.40 stars', '1.00 stars')
    """
    return f"{apart:.2f} stars"
