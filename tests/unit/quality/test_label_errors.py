from __future__ import annotations

import numpy as np

from mraru.interfaces import Probabilities
from mraru.quality.label_errors import confidently_contradicted

CLASSES = np.array(["a", "b"])


def students_of(n_texts: int, confidence: float) -> tuple[Probabilities, list[str]]:
    """A student that is `confidence` sure of the right class of each text, half of them `a`."""
    labels = ["a" if number % 2 else "b" for number in range(n_texts)]
    rows = [[confidence, 1 - confidence] if label == "a" else [1 - confidence, confidence] for label in labels]
    return np.array(rows), labels


def test_labels_that_were_swapped_are_found_and_no_others() -> None:
    rows, labels = students_of(100, confidence=0.97)
    swapped = {3, 14, 15, 92}
    given = [("b" if label == "a" else "a") if row in swapped else label for row, label in enumerate(labels)]
    assert set(np.flatnonzero(confidently_contradicted(rows, CLASSES, given)).tolist()) == swapped


def test_a_student_that_hesitates_contradicts_nobody() -> None:
    rows = np.array([[0.8, 0.2], [0.2, 0.8], [0.85, 0.15]])
    assert not confidently_contradicted(rows, CLASSES, ["a", "b", "b"]).any()


def test_less_than_the_usual_confidence_in_a_class_is_no_contradiction() -> None:
    rows = np.array([[0.999, 0.001], [0.999, 0.001], [0.95, 0.05], [0.04, 0.96]])
    assert confidently_contradicted(rows, CLASSES, ["a", "a", "b", "b"]).tolist() == [False] * 4


def test_a_class_that_nobody_was_given_contradicts_nobody() -> None:
    rows = np.array([[0.01, 0.99], [0.02, 0.98]])
    assert not confidently_contradicted(rows, CLASSES, ["a", "a"]).any()
