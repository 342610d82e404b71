"""How often the teacher says what people said.

People chose the texts, or were given those that look wrong: these are counts, and say nothing of other texts. What
does is in `audit_estimates`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mraru.quality.audit.star_distance import mean_stars_wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Labels compared with people's; texts for which the teacher named no label are counted apart."""

    n_right: int
    n_checked: int
    n_no_label: int = 0
    stars_apart: float | None = None  # of ratings, on average; None: they are none, or of too few texts


def measure_accuracy(gold: Mapping[str, str], said: Mapping[str, str | None], *, are_ratings: bool = False) -> Accuracy:
    """Compare what the teacher said of texts with the gold labels of those that have one.

    Args:
        are_ratings: whether all labels are whole numbers of stars.

    >>> measure_accuracy({"a": "x", "b": "y", "c": "x"}, {"a": "x", "b": "x", "c": None, "d": "x"})
    Accuracy(n_right=1, n_checked=2, n_no_label=1, stars_apart=None)
    """
    both = [(gold[name], label) for name, label in said.items() if name in gold]
    return Accuracy(
        n_right=sum(label == right for right, label in both),
        n_checked=sum(label is not None for _, label in both),
        n_no_label=sum(label is None for _, label in both),
        stars_apart=mean_stars_wrong(gold, said) if are_ratings else None,
    )


def measure_by_class(gold: Mapping[str, str], said: Mapping[str, str | None]) -> dict[str, Accuracy]:
    """The same for the texts of each gold label, the labels sorted.

    >>> measure_by_class({"a": "x", "b": "y"}, {"a": "x", "b": "x"})["y"].n_right
    0
    """
    return {
        label: measure_accuracy({name: right for name, right in gold.items() if right == label}, said)
        for label in sorted(set(gold.values()))
    }
