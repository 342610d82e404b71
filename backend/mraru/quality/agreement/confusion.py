"""Which labels of one labeller meet which of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDEST_MATRIX = 20  # labels; of more, nobody finds the figures that matter


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionMatrix:
    """Counts of texts."""

    labels: tuple[str, ...]  # the rows, in the config's order
    columns: tuple[str | None, ...]  # the same, then None: the other was asked and named none
    counts: tuple[tuple[int, ...], ...]  # one row a label of the first, one column a label of the other

    @property
    def pairs(self) -> list[tuple[str, str | None, int]]:
        """The cells that hold texts: what differs first, the most frequent on top.

        >>> ConfusionMatrix(labels=("x", "y"), columns=("x", "y", None), counts=((5, 1, 0), (2, 3, 0))).pairs
        [('y', 'x', 2), ('x', 'y', 1), ('x', 'x', 5), ('y', 'y', 3)]
        """
        cells = [
            (label, column, n_texts)
            for label, row in zip(self.labels, self.counts, strict=True)
            for column, n_texts in zip(self.columns, row, strict=True)
            if n_texts
        ]
        return sorted(cells, key=lambda cell: (cell[0] == cell[1], -cell[2]))


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
