"""Where LLM and student agree least: the order in which people look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Labels, Probabilities


def review_scores(
    probabilities: Probabilities,
    classes: Labels,
    teacher_labels: Sequence[str | None],
    asked: Sequence[bool],
    agreeing_shares: Sequence[float] | None = None,
) -> NDArray[np.float64]:
    """How likely LLM and student agree on each text, by the student's lights; 0 = look first.

    - The LLM gave a label: the student's probability of it, 0 where the student does not know the class.
    - The LLM was asked and gave no label: 0.
    - The LLM was not asked: the student's highest probability.
    - Several LLMs were asked: the share of them that gave the label, times the student's probability of it. So that
      is how likely one of them, drawn at random, and the student both say what became the label; of texts with equal
      probabilities those on which the LLMs differ more come first, whichever side the student takes.

    Args:
        probabilities: the student's, shape `(n_texts, n_classes)`; out-of-fold for texts it learned from.
        classes: the columns of `probabilities`, shape `(n_classes,)`.
        teacher_labels: the LLM's label of each text, None where it gave none.
        asked: whether the LLM was asked about each text.
        agreeing_shares: of several LLMs, for each text, those that gave its label, in [0, 1]; all of them when None.

    Returns:
        Shape `(n_texts,)`, each in [0, 1].

    Raises:
        ValueError: the lengths differ, or a text has an LLM label although the LLM was not asked.

    >>> probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.9, 0.1]])
    >>> classes = np.array(["Negative", "Positive"])
    >>> review_scores(probabilities, classes, ["Negative", "Positive", None, None], [True, True, True, False])
    array([0.9, 0.1, 0. , 0.9])
    >>> review_scores(probabilities[:2], classes, ["Negative", "Negative"], [True, True], [1.0, 0.5])
    array([0.9 , 0.45])
    """
    n_texts = _check_shape(probabilities, classes)
    shares = [1.0] * n_texts if agreeing_shares is None else agreeing_shares
    if not n_texts == len(teacher_labels) == len(asked) == len(shares):
        raise ValueError(
            f"probabilities, teacher_labels, asked and agreeing_shares must be of one length, "
            f"not {n_texts}, {len(teacher_labels)}, {len(asked)} and {len(shares)}"
        )
    column_of = {label: column for column, label in enumerate(classes.tolist())}
    scores = np.zeros(n_texts, dtype=np.float64)
    for row, (label, was_asked, share) in enumerate(zip(teacher_labels, asked, shares, strict=True)):
        if not was_asked:
            if label is not None:
                raise ValueError(f"text {row} has an LLM label although the LLM was not asked")
            scores[row] = probabilities[row].max()
        elif label in column_of:
            scores[row] = share * probabilities[row, column_of[label]]
    return np.clip(scores, 0.0, 1.0)


def student_labels(probabilities: Probabilities, classes: Labels) -> Labels:
    """The student's likeliest class of each text, the first of equals; shape `(n_texts,)`.

    Raises:
        ValueError: `probabilities` has not one column for each class.

    >>> student_labels(np.array([[0.2, 0.8], [0.5, 0.5]]), np.array(["no", "yes"])).tolist()
    ['yes', 'no']
    """
    n_texts = _check_shape(probabilities, classes)
    if n_texts == 0:
        return np.array([], dtype=np.str_)
    labels: Labels = np.asarray(classes, dtype=np.str_)[probabilities.argmax(axis=1)]
    return labels


def agreement_rate(teacher_labels: Sequence[str | None], student_labels: Sequence[str]) -> float | None:
    """The share of texts on which LLM and student agree, among those that the LLM gave a label.

    Returns:
        In [0, 1]; None when the LLM gave no label at all.

    Raises:
        ValueError: the lengths differ.

    >>> agreement_rate(["a", "b", None], ["a", "a", "a"])
    0.5
    """
    if len(teacher_labels) != len(student_labels):
        raise ValueError(f"{len(teacher_labels)} LLM labels cannot be compared with {len(student_labels)}")
    agreements = [
        teacher == student
        for teacher, student in zip(teacher_labels, student_labels, strict=True)
        if teacher is not None
    ]
    return sum(agreements) / len(agreements) if agreements else None


def _check_shape(probabilities: Probabilities, classes: Labels) -> int:
    if probabilities.ndim != 2 or probabilities.shape[1] != len(classes) or len(classes) == 0:
        raise ValueError(f"probabilities must have shape (n_texts, {max(len(classes), 1)}), not {probabilities.shape}")
    return int(probabilities.shape[0])
