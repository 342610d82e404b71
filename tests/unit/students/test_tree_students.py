"""Forest and boosting: what is special about students made of trees."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from mraru.interfaces import Labels, Vectors
from mraru.students.gradient_boosting import MAX_TREES, GradientBoostingStudent, StackedGradientBoosting
from mraru.students.random_forest import RandomForestStudent
from mraru.students.scikit_student import ScikitStudent

pytestmark = pytest.mark.slow


def texts(n_texts: int = 80, n_classes: int = 4, n_dimensions: int = 100) -> tuple[Vectors, Labels]:
    rng = np.random.default_rng(0)
    truth = np.arange(n_texts) % n_classes
    vectors = rng.normal(size=(n_texts, n_dimensions))
    vectors[:, :n_classes] += 3 * np.eye(n_classes)[truth]
    return vectors.astype(np.float32), np.array([f"class {member:03d}" for member in truth])


def boosted(student: GradientBoostingStudent) -> StackedGradientBoosting:
    assert isinstance(student.estimator, StackedGradientBoosting)
    return student.estimator


@pytest.mark.parametrize("make_student", [RandomForestStudent, GradientBoostingStudent])
def test_the_seed_decides_and_nothing_else(make_student: type[ScikitStudent]) -> None:
    X, y = texts()
    first, again, other = make_student(1), make_student(1), make_student(2)
    for student in (first, again, other):
        student.fit(X, y)
    np.testing.assert_array_equal(first.predict_proba(X), again.predict_proba(X))
    assert (first.predict_proba(X) != other.predict_proba(X)).any()


def test_the_number_of_threads_changes_nothing() -> None:
    X, y = texts()
    found = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            student = GradientBoostingStudent(n_iterations=10)
            student.fit(X, y)
            found.append(student.predict_proba(X))
    np.testing.assert_array_equal(*found)


def test_a_forest_never_calls_a_class_impossible() -> None:
    X, y = texts(n_texts=40)
    student = RandomForestStudent(n_trees=5)
    student.fit(X, y)
    assert student.predict_proba(X).min() > 0


def test_many_classes_get_fewer_iterations() -> None:
    student = GradientBoostingStudent()
    student.fit(*texts(n_texts=240, n_classes=120, n_dimensions=130))
    assert boosted(student).booster_.n_iter_ == MAX_TREES // 120
