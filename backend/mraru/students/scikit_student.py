"""What students made of a scikit-learn estimator have in common: checks, classes, balance."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from mraru.errors import StudentError
from mraru.interfaces import Labels, Probabilities, Vectors
from mraru.students.student_inputs import as_inputs, as_labels, as_weights

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
    trusted_types: Sequence[str] = ()  # what files of it hold, by module and name, beyond numpy's and scikit-learn's

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self._seed = seed
        self._estimator: Estimator | None = None

    @property
    def weighs_classes_alike(self) -> bool:
        """Whether a class counts as much as any other, however few texts it has."""
        return True

    @abstractmethod
    def _make_estimator(self, seed: int) -> Estimator:
        """A fresh estimator that weighs all classes equally."""

    def _fit(self, estimator: Estimator, X: Inputs, y: Labels, weights: NDArray[np.float64] | None) -> None:
        estimator.fit(X, y, sample_weight=weights)

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
        inputs = as_inputs(X)
        labels = as_labels(y, len(inputs))
        weights = None if sample_weight is None else as_weights(sample_weight, len(inputs))
        estimator = self._make_estimator(self._seed)
        with _few_texts_a_class(labels):
            self._fit(estimator, inputs, labels, weights)
        self._estimator = estimator

    def predict_proba(self, X: Vectors) -> Probabilities:
        """Class probabilities, shape `(n_texts, n_classes)`, columns as in `classes_`.

        Raises:
            StudentError: not trained, or `X` has not the dimensions of the training vectors.
        """
        estimator = self.estimator
        inputs = as_inputs(X)
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


@contextmanager
def _few_texts_a_class(labels: Labels) -> Iterator[None]:
    """Where classes are more than half as many as texts, as after seeding, scikit-learn takes labels for quantities.

    Labels here are always names. Its other warnings are let through, and all of them where texts are more.
    """
    if 2 * len(np.unique(labels)) < len(labels):
        yield
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The number of unique classes is greater than 50%")
        yield
