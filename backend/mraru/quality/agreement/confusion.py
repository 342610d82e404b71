"""Which labels of one labeller meet which of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionMatrix:
    """Counts of texts."""

    labels: tuple[str, ...]  # the rows, in the config's order
    columns: tuple[str | None, ...]  # the same, then None: the other was asked and named none
    counts: tuple[tuple[int, ...], ...]  # one row a label of the first, one column a label of the other


def count_confusion(
    first: Mapping[str, str], second: Mapping[str, str | None], labels: Sequence[str]
) -> ConfusionMatrix:
    """Count the texts that both have looked at; labels that are none of `labels` do not count.

    Args:
        first: labels by text hash.
        second: likewise; None where no label was named.
        labels: of the project, in the config's order.

    >>> count_confusion({"t1": "x", "t2": "y", "t3": "y"}, {"t1": "x", "t2": "x", "t3": None}, ["x", "y"]).counts
    ((1, 0, 0), (1, 0, 1))
    """
    columns: tuple[str | None, ...] = (*labels, None)
    code_of = {label: code for code, label in enumerate(columns)}
    counted = Counter(
        (code_of[label], code_of[second[text]])
        for text, label in first.items()
        if text in second and label in code_of and second[text] in code_of
    )
    counts = tuple(tuple(counted[row, column] for column in range(len(columns))) for row in range(len(labels)))
    return ConfusionMatrix(labels=tuple(labels), columns=columns, counts=counts)
