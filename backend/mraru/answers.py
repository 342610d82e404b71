"""What is said of a text where several labels may be chosen: a set of labels, written as one string.

A set is one answer wherever answers are counted, compared and kept: the answer "joy | love" is right if a text is of
both labels and of no other. Where only one label may be chosen, the answer is that label.
"""

from __future__ import annotations

from collections.abc import Iterable

SEPARATOR = " | "  # between the labels of a set, which are sorted
NO_LABELS = "(no label)"  # the empty set, which is an answer as well


def join_labels(labels: Iterable[str]) -> str:
    """A set of labels as one string; equal sets give equal strings.

    >>> join_labels(["love", "joy", "love"]), join_labels([])
    ('joy | love', '(no label)')
    """
    return SEPARATOR.join(sorted(set(labels))) or NO_LABELS


def split_answer(answer: str) -> tuple[str, ...]:
    """The labels of a set that was written as one string, sorted.

    >>> split_answer("joy | love"), split_answer("(no label)")
    (('joy', 'love'), ())
    """
    return () if answer == NO_LABELS else tuple(answer.split(SEPARATOR))


def find_unusable(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels that a set could not be read back with.

    >>> find_unusable(["a|b", "b | c", "d |", "(no label)"])
    ('b | c', 'd |', '(no label)')
    """
    return tuple(label for label in labels if label == NO_LABELS or SEPARATOR in f" {label} ")
