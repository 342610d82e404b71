"""Sharpens or flattens another rule until about the wished share of what is visited is accepted."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
from scipy.optimize import brentq

from mraru.interfaces import Probabilities
from mraru.query_strategies.acceptance.acceptance_rule import AcceptanceProbabilities, PowerRule, Uncertainties
from mraru.query_strategies.acceptance.margin import MarginRule

MOST_SHARPNESS = 1024.0
TOLERANCE = 1e-11  # of the sharpness's logarithm


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptiveRule:
    """Finds the sharpness from the visits of the selection itself, so that it keeps no state between rounds.

    An overconfident student (LDA) accepts next to nothing by the paper's rule and would have the whole pool embedded;
    an underconfident one (a forest) accepts almost everything, which is random sampling. Here both accept about `rate`
    of what they visit, and prefer what they are least sure of.
    """

    name: ClassVar[str] = "adaptive"
    base: PowerRule = field(default_factory=MarginRule)
    rate: float = 0.2  # share of visited texts that are accepted, on average

    def __post_init__(self) -> None:
        if not 0.0 < self.rate < 1.0:
            raise ValueError(f"rate must be between 0 and 1, not {self.rate}")

    def measure(self, probabilities: Probabilities) -> Uncertainties:
        """The base rule's, shape `(n_texts,)`."""
        return self.base.measure(probabilities)

    def steer(self, visited: Uncertainties) -> PowerRule:
        """The base rule with the sharpness that accepts `rate` of the visited texts on average."""
        return replace(self.base, sharpness=find_sharpness(visited, self.rate))

    def acceptance_probability(self, uncertainties: Uncertainties) -> AcceptanceProbabilities:
        """The base rule's, steered by these texts alone."""
        return self.steer(uncertainties).acceptance_probability(uncertainties)


def find_sharpness(uncertainties: Uncertainties, rate: float) -> float:
    """The `g` for which the mean of `uncertainties ** g` is `rate`, or as near as it gets within 1/1024 to 1024.

    >>> find_sharpness(np.array([0.5, 0.5]), 0.25)
    2.0
    """
    logs = np.log(uncertainties[uncertainties > 0])
    if not logs.size:
        return 1 / MOST_SHARPNESS
    top, wished = float(logs.max()), math.log(rate * len(uncertainties))
    below_top = logs - top

    def excess(log_sharpness: float) -> float:
        """Of what is accepted over what is wished, as logarithms: nearly straight, so that few steps find the root."""
        sharpness = math.exp(log_sharpness)
        return sharpness * top + math.log(np.exp(sharpness * below_top).sum()) - wished

    most = math.log(MOST_SHARPNESS)
    if excess(-most) <= 0:
        return 1 / MOST_SHARPNESS
    if excess(most) >= 0:
        return MOST_SHARPNESS
    return round(math.exp(brentq(excess, -most, most, xtol=TOLERANCE)), 9)
