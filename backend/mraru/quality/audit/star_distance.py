"""How far ratings lie apart: an error of one star is less of one than an error of four."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mraru.quality.audit.shares import LEAST_TEXTS


def stars_of(label: str) -> int | None:
    """The number of stars that a label stands for; None where it is no rating.

    >>> stars_of("4"), stars_of("good")
    (4, None)
    """
    return int(label) if label.isascii() and label.isdecimal() and len(label) < 10 else None


def mean_stars_apart(pairs: Iterable[tuple[str, str]]) -> float | None:
    """The mean absolute error between two ratings of the same texts; None of fewer than ten.

    >>> mean_stars_apart(5 * [("4", "4"), ("1", "3")]), mean_stars_apart([("1", "3")]) is None
    (1.0, True)
    """
    rated = [(stars_of(one), stars_of(other)) for one, other in pairs]
    apart = [abs(one - other) for one, other in rated if one is not None and other is not None]
    return sum(apart) / len(apart) if len(apart) >= LEAST_TEXTS else None


def mean_stars_wrong(gold: Mapping[str, str], said: Mapping[str, str | None]) -> float | None:
    """The same of what somebody said of texts against people's ratings of them.

    >>> mean_stars_wrong({str(n): "5" for n in range(10)}, {str(n): "4" for n in range(10)})
    1.0
    """
    return mean_stars_apart([(right, label) for name, right in gold.items() if (label := said.get(name)) is not None])
