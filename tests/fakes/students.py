"""Students that think what a test tells them to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Labels, Vectors
from mraru.students.logistic_regression import LogisticRegressionStudent


def make_overconfident_student() -> LogisticRegressionStudent:
    """A student that is right as often as any and sure of everything; it can be saved and loaded."""
    student = LogisticRegressionStudent()
    fit = student.fit

    def fit_and_exaggerate(X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> None:
        fit(X, y, sample_weight)
        student.estimator.coef_ *= 1000  # type: ignore[attr-defined]
        student.estimator.intercept_ *= 1000  # type: ignore[attr-defined]

    student.fit = fit_and_exaggerate  # type: ignore[method-assign]
    return student
