"""What every acceptance rule must keep to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from mraru.query_strategies.acceptance.acceptance_rule import AcceptanceRule

class_weights = arrays(np.float64, st.tuples(st.integers(1, 20), st.integers(2, 10)), elements=st.floats(0.01, 1))


class AcceptanceRuleLaws:
    """Inherit from it in a class of tests, and give the rule as `rule`."""

    @pytest.fixture(scope="class")
    @classmethod
    def rule(cls) -> AcceptanceRule:
        raise NotImplementedError("a class of tests says which rule it tests")

    @settings(deadline=None, derandomize=True, max_examples=50)
    @given(weights=class_weights)
    def test_chances_lie_within_0_and_1_and_never_fall_as_uncertainty_rises(
        self, rule: AcceptanceRule, weights: NDArray[np.float64]
    ) -> None:
        uncertainties = rule.measure(weights / weights.sum(axis=1, keepdims=True))
        chances = rule.steer(uncertainties).acceptance_probability(uncertainties)
        assert chances.shape == uncertainties.shape == (len(weights),)
        assert ((uncertainties >= 0) & (uncertainties <= 1) & (chances >= 0) & (chances <= 1)).all()
        assert (np.diff(chances[np.argsort(uncertainties, kind="stable")]) >= -1e-12).all()

    @pytest.mark.parametrize("n_classes", [2, 3, 77])
    def test_certain_texts_are_never_accepted_and_even_ones_always(self, rule: AcceptanceRule, n_classes: int) -> None:
        rows = np.array([np.eye(n_classes)[0], np.full(n_classes, 1 / n_classes)])
        uncertainties = rule.measure(rows)
        assert uncertainties == pytest.approx([0.0, 1.0])
        assert rule.acceptance_probability(uncertainties) == pytest.approx([0.0, 1.0])

    def test_the_probabilities_are_not_changed(self, rule: AcceptanceRule) -> None:
        probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
        before = probabilities.copy()
        rule.acceptance_probability(rule.measure(probabilities))
        np.testing.assert_array_equal(probabilities, before)

    def test_a_student_that_gives_no_numbers_is_refused(self, rule: AcceptanceRule) -> None:
        with pytest.raises(ValueError, match="finite"):
            rule.measure(np.array([[np.nan, 0.5]]))
