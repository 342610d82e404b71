"""Confidence against accuracy."""

from __future__ import annotations

import numpy as np
import pytest

from mraru.errors import StudentError
from mraru.interfaces import Labels, Probabilities
from mraru.students.calibration.calibration_error import expected_calibration_error, reliability_diagram

CLASSES = np.array(["a", "b"])


def of_confidence(confidences: list[float], is_right: list[bool]) -> tuple[Probabilities, Labels]:
    """Texts of class `a` or `b` that the student takes for `a` with these probabilities."""
    first = np.array(confidences)
    return np.column_stack([first, 1 - first]), np.where(is_right, "a", "b")


def test_a_student_that_is_right_as_often_as_it_says_has_no_error() -> None:
    probabilities, y = of_confidence([0.75] * 4 + [1.0] * 4, [True, True, True, False] + [True] * 4)
    assert expected_calibration_error(probabilities, CLASSES, y, n_bins=2) == 0


def test_overconfidence_counts_as_much_as_underconfidence() -> None:
    over = of_confidence([0.9] * 10, [True] * 7 + [False] * 3)
    under = of_confidence([0.7] * 10, [True] * 9 + [False])
    assert expected_calibration_error(over[0], CLASSES, over[1], n_bins=1) == pytest.approx(0.2)
    assert expected_calibration_error(under[0], CLASSES, under[1], n_bins=1) == pytest.approx(0.2)


def test_errors_in_different_bins_do_not_cancel_out() -> None:
    probabilities, y = of_confidence([0.6] * 5 + [0.8] * 5, [True] * 4 + [False] + [True] * 3 + [False] * 2)
    assert expected_calibration_error(probabilities, CLASSES, y, n_bins=1) == pytest.approx(0.0)
    assert expected_calibration_error(probabilities, CLASSES, y, n_bins=2) == pytest.approx(0.2)


def test_bins_hold_almost_equally_many_texts_the_least_confident_first() -> None:
    rng = np.random.default_rng(0)
    probabilities, y = of_confidence(list(rng.uniform(0.5, 1, size=100)), [True] * 100)
    bins = reliability_diagram(probabilities, CLASSES, y, n_bins=7)
    assert sorted(point.n_texts for point in bins) == [14] * 5 + [15] * 2
    assert [point.confidence for point in bins] == sorted(point.confidence for point in bins)
    assert all(point.accuracy == 1.0 for point in bins)


def test_few_texts_give_as_many_bins_and_none_give_none() -> None:
    probabilities, y = of_confidence([0.6, 0.9], [True, False])
    assert len(reliability_diagram(probabilities, CLASSES, y)) == 2
    assert reliability_diagram(np.empty((0, 2)), CLASSES, np.array([], dtype=np.str_)) == ()
    assert expected_calibration_error(np.empty((0, 2)), CLASSES, np.array([], dtype=np.str_)) == 0


def test_a_label_that_the_student_does_not_know_is_missed() -> None:
    point = reliability_diagram(np.array([[0.9, 0.1]]), CLASSES, np.array(["c"]))[0]
    assert point.accuracy == 0


def test_wrong_shapes_and_numbers_of_bins_are_refused() -> None:
    probabilities, y = of_confidence([0.6, 0.9], [True, False])
    with pytest.raises(StudentError, match="must have shape"):
        reliability_diagram(probabilities, CLASSES, y[:1])
    with pytest.raises(StudentError, match="n_bins"):
        reliability_diagram(probabilities, CLASSES, y, n_bins=0)
