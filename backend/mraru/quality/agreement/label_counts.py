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
    f1: float | None  # twice those of both by all that either gave, the same whoever is right; None: nobody gave it


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgreement:
    """How two labellers agree about sets of labels."""

    n_texts: int  # that both looked at
    n_same: int  # of which both gave the same set
    labels: tuple[LabelCounts, ...]  # in the config's order
    micro_f1: float | None  # over all labels of all texts, as scikit-learn's `average="micro"`; None: nobody gave any
    macro_f1: float | None  # the mean over labels that somebody gave; None likewise
    hamming_loss: float | None  # share of all labels of all texts that one gave and the other did not; None: no text


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
    counts = tuple(_count(label, pairs) for label in labels)
    n_both = sum(count.n_both for count in counts)
    n_apart = sum(count.n_first_alone + count.n_second_alone for count in counts)
    of_labels = [count.f1 for count in counts if count.f1 is not None]
    return SetAgreement(
        n_texts=len(pairs),
        n_same=sum(one == other for one, other in pairs),
        labels=counts,
        micro_f1=_f1(n_both, n_apart),
        macro_f1=fmean(of_labels) if of_labels else None,
        hamming_loss=n_apart / (len(pairs) * len(labels)) if pairs and labels else None,
    )


def _count(label: str, pairs: Sequence[tuple[set[str], set[str]]]) -> LabelCounts:
    n_both = sum(label in one and label in other for one, other in pairs)
    n_first = sum(label in one and label not in other for one, other in pairs)
    n_second = sum(label in other and label not in one for one, other in pairs)
    return LabelCounts(
        label=label, n_both=n_both, n_first_alone=n_first, n_second_alone=n_second, f1=_f1(n_both, n_first + n_second)
    )


def _f1(n_both: int, n_apart: int) -> float | None:
    """Twice those of both by all that either gave; None where nobody gave any.

    >>> _f1(2, 2), _f1(0, 0)
    (0.6666666666666666, None)
    """
    n_given = 2 * n_both + n_apart
    return 2 * n_both / n_given if n_given else None
