"""A fitted student as a scikit-learn classifier, which is what the libraries take."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from mraru.interfaces import Labels, Probabilities, Student, Vectors


class StudentClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Hands through what the student says; it is fitted already, so `fit` changes nothing."""

    def __init__(self, student: Student) -> None:
        self.student = student

    @property
    def classes_(self) -> Labels:
        return self.student.classes_

    def fit(self, X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> Self:
        return self

    def predict_proba(self, X: Vectors) -> Probabilities:
        return self.student.predict_proba(X)

    def predict(self, X: Vectors) -> Labels:
        predicted: Labels = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return predicted
