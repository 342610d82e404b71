"""Accepts the more often, the more evenly the probability is spread over all classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mraru.interfaces import Probabilities
from mraru.query_strategies.acceptance.acceptance_rule import PowerRule, Uncertainties
from mraru.query_strategies.uncertainty import normalized_entropy


@dataclass(frozen=True, slots=True, kw_only=True)
class EntropyRule(PowerRule):
    """`(entropy / log K) ** sharpness` for `K` classes.

    >>> import numpy as np
    >>> rule = EntropyRule(sharpness=2.0)
    >>> rule.acceptance_probability(rule.measure(np.array([[0.5, 0.5, 0.0, 0.0]])))
    array([0.25])
    """

    name: ClassVar[str] = "entropy"

    def measure(self, probabilities: Probabilities) -> Uncertainties:
        """The entropy as a share of the most there can be, shape `(n_texts,)`."""
        return normalized_entropy(probabilities)
