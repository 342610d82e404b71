from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import cast

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from mraru.interfaces import Student
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.scikit_student import Estimator
from mraru.students.support_vector_machine import SupportVectorMachineStudent


class Doubtful(LogisticRegression):  # type: ignore[misc]
    def fit(self, X, y, sample_weight=None):  # type: ignore[no-untyped-def]
        warnings.warn("these texts are odd", UserWarning, stacklevel=2)
        return super().fit(X, y, sample_weight=sample_weight)


class DoubtfulStudent(LogisticRegressionStudent):
    estimator_type = Doubtful

    def _make_estimator(self, seed: int) -> Estimator:
        return cast(Estimator, Doubtful())


@pytest.mark.parametrize("make_student", [LogisticRegressionStudent, SupportVectorMachineStudent])
def test_a_seeding_of_many_classes_is_learned_without_a_word_about_quantities(
    make_student: Callable[[], Student],
) -> None:
    X = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
    y = np.array([f"class {number % 16:02d}" for number in range(30)])
    student = make_student()

    student.fit(X, y)  # warnings are errors here: scikit-learn's guess that y is a quantity would be one

    assert len(student.classes_) == 16


@pytest.mark.parametrize("n_classes", [2, 16])
def test_other_warnings_are_let_through(n_classes: int) -> None:
    X = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)

    with pytest.warns(UserWarning, match="these texts are odd"):
        DoubtfulStudent().fit(X, np.array([f"class {number % n_classes}" for number in range(30)]))
