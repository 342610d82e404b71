"""An acceptance rule of another package, held to what M-RARU relies on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mraru.errors import PluginInvalid
from mraru.interfaces import Probabilities
from mraru.plugins import comes_from_outside
from mraru.query_strategies.acceptance.acceptance_rule import AcceptanceRule


class BroughtRule:
    """One number from 0 to 1 for each text, or an error that names the rule."""

    def __init__(self, rule: AcceptanceRule, name: str) -> None:
        self.name = name
        self._rule = rule

    def measure(self, probabilities: Probabilities) -> NDArray[np.float64]:
        return self._check("measure", probabilities.shape[:1], lambda: self._rule.measure(probabilities))

    def steer(self, visited: NDArray[np.float64]) -> AcceptanceRule:
        try:
            return BroughtRule(self._rule.steer(visited), self.name)
        except BaseException as exc:  # whatever the other package does
            raise self._explain("steer", exc) from exc

    def acceptance_probability(self, uncertainties: NDArray[np.float64]) -> NDArray[np.float64]:
        return self._check(
            "acceptance_probability", np.shape(uncertainties), lambda: self._rule.acceptance_probability(uncertainties)
        )

    def _check(self, what: str, shape: tuple[int, ...], tell: Callable[[], object]) -> NDArray[np.float64]:
        try:
            told = np.asarray(tell(), dtype=np.float64)
        except BaseException as exc:  # whatever the other package does
            raise self._explain(what, exc) from exc
        if told.shape != shape or not ((told >= 0) & (told <= 1)).all():
            raise PluginInvalid(
                f"The acceptance rule '{self.name}' (MRARU_ACCEPTANCE_RULE): {what} must give one number from 0 to 1 "
                "for each text. Mend it or set another rule, then start the project again."
            )
        return told

    def _explain(self, what: str, exc: BaseException) -> BaseException:
        if comes_from_outside(exc):
            return exc
        return PluginInvalid(
            f"The acceptance rule '{self.name}' (MRARU_ACCEPTANCE_RULE): {what} fails with {type(exc).__name__}. Mend "
            "it or set another rule, then start the project again."
        )
