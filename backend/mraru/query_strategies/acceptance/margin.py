"""Accepts the more often, the closer the two likeliest classes are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mraru.interfaces import Probabilities
from mraru.query_strategies.acceptance.acceptance_rule import PowerRule, Uncertainties
from mraru.query_strategies.uncertainty import closeness_of_top_two


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginRule(PowerRule):
    """`(1 - margin) ** sharpness`; the margin is the likeliest class's lead over the second.

    Unlike the paper's rule it takes a text for unsure between two classes also where many others are ruled out.

    >>> import numpy as np
    >>> rule = MarginRule()
    >>> rule.acceptance_probability(rule.measure(np.array([[0.5, 0.5, 0.0], [0.7, 0.2, 0.1]])))
    array([1. , 0.5])
    """

    name: ClassVar[str] = "margin"

    def measure(self, probabilities: Probabilities) -> Uncertainties:
        """1 - margin, shape `(n_texts,)`."""
        return closeness_of_top_two(probabilities)
