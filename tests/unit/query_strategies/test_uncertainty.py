from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mraru.query_strategies.uncertainty import normalized_uncertainty


@pytest.mark.parametrize("n_classes", [2, 3, 6, 77])
def test_equal_probabilities_are_1_and_certainty_is_0_for_any_number_of_classes(n_classes: int) -> None:
    even = np.full(n_classes, 1 / n_classes)
    sure = np.eye(n_classes)[0]
    assert normalized_uncertainty(np.array([even, sure])) == pytest.approx([1.0, 0.0])


def test_three_classes_match_a_value_worked_out_by_hand() -> None:
    assert normalized_uncertainty(np.array([[0.6, 0.3, 0.1]])) == pytest.approx([0.4 * 3 / 2])


def test_no_texts_give_no_uncertainties() -> None:
    assert normalized_uncertainty(np.empty((0, 3))).shape == (0,)


def test_rounding_below_zero_is_clipped() -> None:
    assert normalized_uncertainty(np.array([[1.0 + 1e-12, 0.0]])).tolist() == [0.0]


@settings(deadline=None, derandomize=True)
@given(arrays(np.float64, st.tuples(st.integers(1, 20), st.integers(2, 10)), elements=st.floats(0.01, 1)))
def test_it_stays_within_0_and_1_and_falls_as_the_likeliest_class_rises(weights: np.ndarray) -> None:
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    uncertainty = normalized_uncertainty(probabilities)
    assert ((uncertainty >= 0) & (uncertainty <= 1)).all()
    order = np.argsort(probabilities.max(axis=1))
    assert (np.diff(uncertainty[order]) <= 1e-12).all()


@pytest.mark.parametrize("probabilities", [np.array([[1.0]]), np.empty((3, 0))])
def test_fewer_than_two_classes_are_refused(probabilities: np.ndarray) -> None:
    with pytest.raises(ValueError, match="at least two classes"):
        normalized_uncertainty(probabilities)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        normalized_uncertainty(np.array([[0.5, wrong]]))


def test_a_single_row_without_its_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        normalized_uncertainty(np.array([0.5, 0.5]))
