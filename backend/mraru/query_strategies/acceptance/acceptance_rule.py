"""Acceptance rules: with what probability a visited text is taken, from the student's class probabilities."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Probabilities

Uncertainties = NDArray[np.float64]  # (n_texts,), each in [0, 1]; 0: certain
AcceptanceProbabilities = NDArray[np.float64]  # (n_texts,), each in [0, 1]


class AcceptanceRule(Protocol):
    """A pure rule; one file each. Uncertainty 0 is never accepted, and more is never accepted less often."""

    @property
    def name(self) -> str:
        """As in MRARU_ACCEPTANCE_RULE."""
        ...

    def measure(self, probabilities: Probabilities) -> Uncertainties:
        """How unsure the student is of each text, shape `(n_texts,)`.

        Raises:
            ValueError: the probabilities are unusable, see `mraru.query_strategies.uncertainty`.
        """
        ...

    def steer(self, visited: Uncertainties) -> AcceptanceRule:
        """The rule for the next visits of a selection, given the uncertainties that it has seen.

        Rules that look at one text alone return themselves.
        """
        ...

    def acceptance_probability(self, uncertainties: Uncertainties) -> AcceptanceProbabilities:
        """The chance of each text to be accepted when it is visited, shape `(n_texts,)`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRule(ABC):
    """What rules of the form `uncertainty ** sharpness` have in common."""

    name: ClassVar[str]
    sharpness: float = 1.0  # above 1: certain texts are passed over more often; below 1: less often

    def __post_init__(self) -> None:
        if not 0.0 < self.sharpness < np.inf:
            raise ValueError(f"sharpness must be above 0, not {self.sharpness}")

    def steer(self, visited: Uncertainties) -> PowerRule:
        """The same rule, whatever was visited."""
        return self

    @abstractmethod
    def measure(self, probabilities: Probabilities) -> Uncertainties:
        """How unsure the student is of each text, shape `(n_texts,)`."""

    def acceptance_probability(self, uncertainties: Uncertainties) -> AcceptanceProbabilities:
        """`uncertainty ** sharpness`, shape `(n_texts,)`."""
        accepted: AcceptanceProbabilities = np.power(uncertainties, self.sharpness)
        return accepted
