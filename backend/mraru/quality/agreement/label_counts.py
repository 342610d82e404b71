"""Where several labels may be chosen: how two labellers agree about each label by itself, and about whole sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCounts:
    """Texts that both looked at, by who gave them one label."""

    label: str
    n_both: int
    n_first_alone: int
    n_second_alone: int

    @property
    def f1(self) -> float | None:
        """Twice those of both by all that either gave; the same whoever is right. None where nobody gave the label.

        >>> LabelCounts(label="x", n_both=2, n_first_alone=1, n_second_alone=1).f1
        0.6666666666666666
        """
        n_given = 2 * self.n_both + self.n_first_alone + self.n_second_alone
        return 2 * self.n_both / n_given if n_given else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgreement:
    """How two labellers agree about sets of labels."""

    n_texts: int  # that both looked at
    n_same: int  # of which both gave the same set
    labels: tuple[LabelCounts, ...]  # in the config's order

    @property
    def micro_f1(self) -> float | None:
        """F1 over all labels of all texts, as scikit-learn's `average="micro"`; None where nobody gave any."""
        counts = self.labels
        summed = LabelCounts(
            label="",
            n_both=sum(count.n_both for count in counts),
            n_first_alone=sum(count.n_first_alone for count in counts),
            n_second_alone=sum(count.n_second_alone for count in counts),
        )
        return summed.f1

    @property
    def macro_f1(self) -> float | None:
        """The mean over labels that somebody gave; None where nobody gave any."""
        found = [count.f1 for count in self.labels if count.f1 is not None]
        return fmean(found) if found else None

    @property
    def hamming_loss(self) -> float | None:
        """Share of all labels of all texts that one gave and the other did not; None without texts."""
        n_apart = sum(count.n_first_alone + count.n_second_alone for count in self.labels)
        return n_apart / (self.n_texts * len(self.labels)) if self.n_texts and self.labels else None


def compare_sets(
    first: Mapping[str, str],
    second: Mapping[str, str | None],
    labels: Sequence[str],
    labels_of: Callable[[str], Sequence[str]],
) -> SetAgreement:
    """Compare what two labellers gave the same texts; a text that one of them gave nothing does not count.

    Args:
        first: sets by text hash.
        second: likewise.
        labels: of the project, in the config's order.
        labels_of: the labels of a set.

    >>> from mraru.answers import split_answer
    >>> found = compare_sets({"t1": "x", "t2": "x | y"}, {"t1": "x", "t2": "y"}, ["x", "y"], split_answer)
    >>> found.n_same, [(count.n_both, count.n_first_alone) for count in found.labels], found.hamming_loss
    (1, [(1, 1), (1, 0)], 0.25)
    """
    pairs = [
        (set(labels_of(given)), set(labels_of(other)))
        for text, given in first.items()
        if (other := second.get(text)) is not None
    ]
    return SetAgreement(
        n_texts=len(pairs),
        n_same=sum(one == other for one, other in pairs),
        labels=tuple(
            LabelCounts(
                label=label,
                n_both=sum(label in one and label in other for one, other in pairs),
                n_first_alone=sum(label in one and label not in other for one, other in pairs),
                n_second_alone=sum(label in other and label not in one for one, other in pairs),
            )
            for label in labels
        ),
    )
