"""Shares that people read: of so few texts that they say next to nothing, there is none."""

from __future__ import annotations

LEAST_TEXTS = 10  # of which a share is told, however few there are in all


def share_of(n_hits: int, n_texts: int) -> float | None:
    """The share of texts; None where they are too few for one.

    >>> share_of(5, 10), share_of(8, 9), share_of(0, 0)
    (0.5, None, None)
    """
    return n_hits / n_texts if n_texts >= LEAST_TEXTS else None
