"""The paper's rule: accept with a probability equal to the normalized uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mraru.interfaces import Probabilities
from mraru.query_strategies.acceptance.acceptance_rule import AcceptanceProbabilities, Uncertainties
from mraru.query_strategies.uncertainty import normalized_uncertainty


@dataclass(frozen=True, slots=True)
class PaperRule:
    """`u(x)` of arXiv:2511.11574, as it is.

    >>> import numpy as np
    >>> rule = PaperRule()
    >>> rule.acceptance_probability(rule.measure(np.array([[0.7, 0.2, 0.1]]))).round(3)
    array([0.45])
    """

    name: ClassVar[str] = "paper"

    def measure(self, probabilities: Probabilities) -> Uncertainties:
        """The normalized uncertainty, shape `(n_texts,)`."""
        return normalized_uncertainty(probabilities)

    def steer(self, visited: Uncertainties) -> PaperRule:
        """The same rule, whatever was visited."""
        return self

    def acceptance_probability(self, uncertainties: Uncertainties) -> AcceptanceProbabilities:
        """The uncertainties themselves."""
        return uncertainties
