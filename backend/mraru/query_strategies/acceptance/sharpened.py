"""The paper's rule raised to a power: the more unsure, the more clearly preferred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mraru.interfaces import Probabilities
from mraru.query_strategies.acceptance.acceptance_rule import PowerRule, Uncertainties
from mraru.query_strategies.uncertainty import normalized_uncertainty


@dataclass(frozen=True, slots=True, kw_only=True)
class SharpenedRule(PowerRule):
    """`u(x) ** sharpness`, with the paper's `u(x)`; a sharpness of 1 is the paper's rule.

    >>> import numpy as np
    >>> rule = SharpenedRule(sharpness=2.0)
    >>> rule.acceptance_probability(rule.measure(np.array([[0.75, 0.25]])))
    array([0.25])
    """

    name: ClassVar[str] = "sharpened"

    def measure(self, probabilities: Probabilities) -> Uncertainties:
        """The normalized uncertainty, shape `(n_texts,)`."""
        return normalized_uncertainty(probabilities)
