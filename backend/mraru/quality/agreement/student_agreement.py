"""Which label the student gives, and how often LLM and student agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mraru.interfaces import Labels, Probabilities


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
