"""A student whose uncertainty is read off the texts: for looking at what a query strategy does with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mraru.interfaces import Labels, Probabilities, Vectors


def vectors_of_uncertainty(uncertainties: ArrayLike) -> Vectors:
    """Vectors of which `UncertaintyStudent` is this unsure, shape `(n_texts, 1)`."""
    return np.asarray(uncertainties, dtype=np.float32).reshape(-1, 1)


class UncertaintyStudent:
    """Reads its normalized uncertainty off a text's only dimension; spreads it over the other classes."""

    name = "uncertainty"

    def __init__(self, n_classes: int = 2) -> None:
        self.n_classes = n_classes

    @property
    def classes_(self) -> Labels:
        return np.array([f"class {number}" for number in range(self.n_classes)])

    def fit(self, X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> None:
        raise AssertionError("a sampler must not train the student")

    def predict_proba(self, X: Vectors) -> Probabilities:
        others = np.asarray(X[:, 0], dtype=np.float64) / self.n_classes
        probabilities = np.repeat(others[:, None], self.n_classes, axis=1)
        probabilities[:, 0] = 1.0 - others * (self.n_classes - 1)
        return probabilities
