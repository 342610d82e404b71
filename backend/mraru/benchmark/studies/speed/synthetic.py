"""Pools of any size for measuring speed: vectors made of their positions, so that nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from mraru.interfaces import Labels, Probabilities, Vectors

N_DIMENSIONS = 384  # as of all-MiniLM-L6-v2
N_CLASSES = 5
N_LABELLED = 500  # rows that the student learns from
FIRST_LABELLED = 2**40  # positions that no pool has

# Constants of SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def hashed_vectors(positions: NDArray[np.intp], n_dimensions: int = N_DIMENSIONS) -> Vectors:
    """A unit vector for each position, the same one whenever it is asked for.

    >>> bool((hashed_vectors(np.array([7]), 3) == hashed_vectors(np.array([8, 7]), 3)[1]).all())
    True
    """
    rows = np.asarray(positions, dtype=np.uint64)[:, None] * np.uint64(n_dimensions)
    mixed = (rows + np.arange(n_dimensions, dtype=np.uint64) + np.uint64(1)) * _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    mixed ^= mixed >> np.uint64(31)
    vectors = (mixed >> np.uint64(40)).astype(np.float32) / np.float32(2**23) - np.float32(1.0)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


class HashedPool:
    """A `Pool` of so many positions, past any memory."""

    def __init__(self, n_rows: int) -> None:
        self._n_rows = n_rows

    def __len__(self) -> int:
        return self._n_rows

    def embed(self, positions: NDArray[np.intp]) -> Vectors:
        return hashed_vectors(positions)


class ReadyPool:
    """A `Pool` of vectors in memory, handed out as they are when all are wanted."""

    def __init__(self, X: Vectors) -> None:
        self._X = X

    def __len__(self) -> int:
        return len(self._X)

    def embed(self, positions: NDArray[np.intp]) -> Vectors:
        return self._X if len(positions) == len(self._X) else self._X[positions]


class HashedEmbedder:
    """An `Embedder` that makes a vector of a text's number: `text 17`."""

    name = "hashed"

    def embed(self, texts: Sequence[str]) -> Vectors:
        return hashed_vectors(np.array([int(text.rpartition(" ")[2]) for text in texts], dtype=np.intp))


class LeanStudent:
    """Logistic regression in float32 without this package's checks: as fast as the other libraries' users have it."""

    name = "lean"

    def __init__(self) -> None:
        """Learn from hashed vectors whose classes a random linear map decides."""
        X = hashed_vectors(np.arange(FIRST_LABELLED, FIRST_LABELLED + N_LABELLED, dtype=np.intp))
        directions = np.random.default_rng(0).normal(size=(N_DIMENSIONS, N_CLASSES)).astype(np.float32)
        labels = np.array([f"class {number}" for number in (X @ directions).argmax(axis=1)])
        self._estimator = LogisticRegression(C=10.0, max_iter=1000).fit(X, labels)

    @property
    def classes_(self) -> Labels:
        return np.array(self._estimator.classes_, dtype=np.str_)

    def fit(self, X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> None:
        self._estimator = LogisticRegression(C=10.0, max_iter=1000).fit(X, y, sample_weight)

    def predict_proba(self, X: Vectors) -> Probabilities:
        return cast(Probabilities, self._estimator.predict_proba(X))
