"""The review score as it was before there was one posterior, to compare with: about the LLM's label alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Labels, Probabilities
from mraru.quality.posterior.teacher_reliability import UNKNOWN, TeacherReliability

PEOPLE_LOG_ODDS = math.log(0.95 / 0.05)  # that a person's label is right
LEAST_PROBABILITY = 1e-4  # of a class: no student has seen enough to say less
FEW_LABELS = 2.0  # of a class, besides the text's own, that make the student's odds half as heavy


def former_scores(
    probabilities: Probabilities,
    classes: Labels,
    teacher_labels: Sequence[str | None],
    asked: Sequence[bool],
    *,
    reliability: TeacherReliability = UNKNOWN,
    confidences: Sequence[float | None] | None = None,
    gold_labels: Sequence[str | None] | None = None,
    class_counts: Mapping[str, int] | None = None,
) -> NDArray[np.float64]:
    """How likely the label that a text has is right, given what LLM, student and people say; 0 = look first.

    - The LLM gave a label: its odds of being right, times the student's odds of that label against the others. A
      student that cannot tell leaves the LLM's odds alone; so does one that has not learned the class.
    - People gave a label: likewise, with their odds in the place of the LLM's. An LLM that says the same multiplies
      them by its own, one that says something else divides them.
    - The LLM was asked and gave no label: 0.
    - The LLM was not asked: between 0.5, where the student cannot tell at all, and 1, where it is certain. Nobody
      disagrees there, so disagreements come before.

    A calibrated classifier's probabilities times a labeller's reliability is the combination of Kerrigan, Smyth and
    Steyvers, "Combining Human Predictions with Model Probabilities via Confusion Matrices and Calibration", NeurIPS
    2021, arXiv:2109.14591. What a label is weighed against is half the likeliest other class and half the average of
    all others, as if half of a labeller's errors fell to the class that is mistaken most easily, and half anywhere.
    Odds of a class learned from few labels are taken to the power of `m / (m + 2)`, `m` being the labels that are left
    when one's own is not counted.

    Args:
        probabilities: the student's, shape `(n_texts, n_classes)`; of students that have not learned the texts' labels.
        classes: the columns of `probabilities`, shape `(n_classes,)`.
        teacher_labels: the LLM's label of each text, None where it gave none.
        asked: whether the LLM was asked about each text.
        reliability: of the LLM's labels.
        confidences: the LLM's probability of its label, or the share of several LLMs that gave it; None where unknown.
        gold_labels: people's label of each text, None where they gave none.
        class_counts: labels that the student has learned of each class; plenty of each when None.

    Returns:
        Shape `(n_texts,)`, each in [0, 1].

    Raises:
        ValueError: the lengths differ, or a text has an LLM label although the LLM was not asked.

    >>> probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.5, 0.5], [0.9, 0.1], [0.9, 0.1]])
    >>> classes = np.array(["Negative", "Positive"])
    >>> labels = ["Negative", "Positive", "Positive", None, None]
    >>> former_scores(probabilities, classes, labels, [True, True, True, True, False]).round(2).tolist()
    [0.99, 0.5, 0.9, 0.0, 0.9]
    """
    n_texts = _check_shape(probabilities, classes)
    confidences = [None] * n_texts if confidences is None else confidences
    gold_labels = [None] * n_texts if gold_labels is None else gold_labels
    if not n_texts == len(teacher_labels) == len(asked) == len(confidences) == len(gold_labels):
        raise ValueError(
            "probabilities, teacher_labels, asked, confidences and gold_labels must be of one length, "
            f"not {n_texts}, {len(teacher_labels)}, {len(asked)}, {len(confidences)} and {len(gold_labels)}"
        )
    sure = np.array([np.nan if value is None else value for value in confidences], dtype=np.float64)
    teacher_odds = reliability.label_log_odds(sure)
    scores = 0.5 + _certainties(probabilities) / 2
    column_of = {label: column for column, label in enumerate(classes.tolist())}
    for row, (said, was_asked, gold) in enumerate(zip(teacher_labels, asked, gold_labels, strict=True)):
        if said is not None and not was_asked:
            raise ValueError(f"text {row} has an LLM label although the LLM was not asked")
        label = said if gold is None else gold
        if label is None:
            scores[row] = 0.0 if was_asked else scores[row]
            continue
        log_odds = _student_log_odds(probabilities[row], column_of.get(label))
        if class_counts is not None:
            n_others = max(0, class_counts.get(label, 0) - 1)
            log_odds *= n_others / (n_others + FEW_LABELS)
        if gold is not None:
            log_odds += PEOPLE_LOG_ODDS
        if said is not None:
            log_odds += teacher_odds[row] if said == label else -teacher_odds[row]
        scores[row] = 1 / (1 + math.exp(-log_odds))
    return scores


def _student_log_odds(probabilities: Probabilities, column: int | None) -> float:
    """Of one class against the others; 0 for a class that the student does not know."""
    if column is None or len(probabilities) < 2:
        return 0.0
    others = np.delete(probabilities, column)
    against = float(others.max() + others.mean()) / 2
    return math.log(max(LEAST_PROBABILITY, float(probabilities[column])) / max(LEAST_PROBABILITY, against))


def _certainties(probabilities: Probabilities) -> NDArray[np.float64]:
    """The highest probability of each text, from 0 where all are equal to 1 where one is certain."""
    n_texts, n_classes = probabilities.shape
    if n_texts == 0 or n_classes < 2:
        return np.ones(n_texts)
    certainties: NDArray[np.float64] = (probabilities.max(axis=1) * n_classes - 1) / (n_classes - 1)
    return np.clip(certainties, 0.0, 1.0)


def _check_shape(probabilities: Probabilities, classes: Labels) -> int:
    if probabilities.ndim != 2 or probabilities.shape[1] != len(classes) or len(classes) == 0:
        raise ValueError(f"probabilities must have shape (n_texts, {max(len(classes), 1)}), not {probabilities.shape}")
    return int(probabilities.shape[0])
