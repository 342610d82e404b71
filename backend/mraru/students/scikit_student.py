"""What students made of a scikit-learn estimator have in common: checks, classes, balance."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from mraru.errors import StudentError, TooFewClasses
from mraru.interfaces import Labels, Probabilities, Vectors

DEFAULT_SEED = 0

Inputs = NDArray[np.float64]


class Estimator(Protocol):
    """The part of scikit-learn's classifiers that every student needs."""

    classes_: Labels
    n_features_in_: int

    def fit(self, X: Inputs, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> Estimator: ...


class ScikitStudent(ABC):
    """A student around one estimator; a subclass says which, and how it gives probabilities."""

    name: str
    estimator_type: type[Estimator]

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self._seed = seed
        self._estimator: Estimator | None = None

    @abstractmethod
    def _make_estimator(self, seed: int) -> Estimator:
        """A fresh estimator that weighs all classes equally."""

    @abstractmethod
    def _estimate(self, estimator: Estimator, X: Inputs) -> Probabilities:
        """How likely each class is, columns as in `classes_`; `predict_proba` makes rows sum to 1."""

    @classmethod
    def from_estimator(cls, estimator: Estimator) -> Self:
        """Wrap an estimator that was fitted earlier.

        Raises:
            StudentError: the estimator is not of this student's type, or not fitted.
        """
        if type(estimator) is not cls.estimator_type:
            raise StudentError(
                f"A {cls.name} student holds a {cls.estimator_type.__name__}, not a {type(estimator).__name__}."
            )
        if not hasattr(estimator, "classes_"):
            raise StudentError("The estimator is not fitted.")
        student = cls()
        student._estimator = estimator
        return student

    @property
    def estimator(self) -> Estimator:
        """The fitted scikit-learn estimator.

        Raises:
            StudentError: `fit` has not been called.
        """
        if self._estimator is None:
            raise StudentError(f"The {self.name} student has not been trained: call fit first.")
        return self._estimator

    @property
    def classes_(self) -> Labels:
        """The labels seen in `fit`, sorted, shape `(n_classes,)`.

        Raises:
            StudentError: `fit` has not been called.
        """
        return np.array(self.estimator.classes_, dtype=np.str_)

    def fit(self, X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> None:
        """Learn from labelled vectors; a student that fails to learn keeps what it knew.

        Args:
            X: shape `(n_texts, n_dimensions)`.
            y: shape `(n_texts,)`.
            sample_weight: shape `(n_texts,)`, positive; every text counts alike when None.

        Raises:
            TooFewClasses: `y` holds fewer than two classes.
            StudentError: the shapes do not fit together, or a number is not usable.
        """
        inputs = _as_inputs(X)
        labels = np.array(y, dtype=np.str_)
        if labels.shape != (len(inputs),):
            raise StudentError(f"y must have shape ({len(inputs)},) as X has that many rows, not {labels.shape}.")
        weights = None if sample_weight is None else _as_weights(sample_weight, len(inputs))
        n_classes = len(np.unique(labels))
        if n_classes < 2:
            raise TooFewClasses(f"A student needs labels of at least two classes, but got {n_classes}.")
        estimator = self._make_estimator(self._seed)
        estimator.fit(inputs, labels, sample_weight=weights)
        self._estimator = estimator

    def predict_proba(self, X: Vectors) -> Probabilities:
        """Class probabilities, shape `(n_texts, n_classes)`, columns as in `classes_`.

        Raises:
            StudentError: not trained, or `X` has not the dimensions of the training vectors.
        """
        estimator = self.estimator
        inputs = _as_inputs(X)
        if inputs.shape[1] != estimator.n_features_in_:
            raise StudentError(
                f"X has {inputs.shape[1]} dimensions, but the student was trained on "
                f"{estimator.n_features_in_}: was the embedding model changed?"
            )
        if len(inputs) == 0:
            return np.empty((0, len(estimator.classes_)), dtype=np.float64)
        probabilities = np.asarray(self._estimate(estimator, inputs), dtype=np.float64)
        normalized: Probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
        return normalized


def _as_inputs(X: Vectors) -> Inputs:
    # float64: in float32 the solvers' convergence, and so the student, varies with the platform.
    inputs = np.array(X, dtype=np.float64)
    if inputs.ndim != 2:
        raise StudentError(f"X must have shape (n_texts, n_dimensions), not {inputs.shape}.")
    if not np.isfinite(inputs).all():
        raise StudentError("X holds NaN or infinity: the vectors are damaged.")
    return inputs


def _as_weights(sample_weight: NDArray[np.float64], n_texts: int) -> NDArray[np.float64]:
    weights = np.array(sample_weight, dtype=np.float64)
    if weights.shape != (n_texts,):
        raise StudentError(f"sample_weight must have shape ({n_texts},), not {weights.shape}.")
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        raise StudentError("sample_weight must be positive: leave out texts that must not count.")
    return weights
