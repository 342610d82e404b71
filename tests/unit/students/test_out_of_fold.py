from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mraru.errors import StudentError
from mraru.interfaces import Labels, Probabilities, Vectors
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.out_of_fold import assign_folds, out_of_fold_proba


class RememberingStudent:
    """Is certain of what it was taught, and names its first class for anything else."""

    name = "remembering"

    def __init__(self) -> None:
        self.known: dict[bytes, str] = {}
        self.weights: dict[bytes, float] = {}
        self.classes_: Labels = np.array([], dtype=np.str_)

    def fit(self, X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> None:
        self.known = {row.tobytes(): str(label) for row, label in zip(X, y, strict=True)}
        assert sample_weight is not None
        self.weights = {row.tobytes(): float(w) for row, w in zip(X, sample_weight, strict=True)}
        self.classes_ = np.unique(y)

    def predict_proba(self, X: Vectors) -> Probabilities:
        assert not any(row.tobytes() in self.known for row in X), "it was trained on what it must judge"
        probabilities = np.zeros((len(X), len(self.classes_)))
        probabilities[:, 0] = 1.0
        return probabilities


def numbered(n_texts: int) -> Vectors:
    return np.arange(n_texts, dtype=np.float32).reshape(-1, 1)


def test_no_text_is_judged_by_a_student_that_was_trained_on_it() -> None:
    y = np.array(["a", "b", "c"] * 8)
    students: list[RememberingStudent] = []

    def make_student() -> RememberingStudent:
        students.append(RememberingStudent())
        return students[-1]

    out_of_fold_proba(make_student, numbered(24), y, None, np.array(["a", "b", "c"]), n_folds=4)
    assert [len(student.known) for student in students] == [18] * 4


def test_weights_stay_with_their_texts() -> None:
    y = np.array(["a", "b"] * 5)
    students: list[RememberingStudent] = []

    def make_student() -> RememberingStudent:
        students.append(RememberingStudent())
        return students[-1]

    X = numbered(10)
    out_of_fold_proba(make_student, X, y, np.arange(1.0, 11.0), np.array(["a", "b"]))
    expected = {row.tobytes(): weight for row, weight in zip(X, np.arange(1.0, 11.0), strict=True)}
    assert all(student.weights.items() <= expected.items() for student in students)


def test_columns_follow_the_classes_asked_for_even_those_without_labels() -> None:
    y = np.array(["a", "b"] * 5)
    probabilities = out_of_fold_proba(RememberingStudent, numbered(10), y, None, np.array(["never seen", "b", "a"]))
    assert probabilities.tolist() == [[0.0, 0.0, 1.0]] * 10


def test_a_class_with_one_member_has_probability_0_there_and_is_known_elsewhere() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(21, 4)).astype(np.float32)
    y = np.array(["a", "b"] * 10 + ["lonely"])
    probabilities = out_of_fold_proba(LogisticRegressionStudent, X, y, None, np.array(["a", "b", "lonely"]))
    assert probabilities[20, 2] == 0.0
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert (probabilities[:20, 2] > 0).sum() >= 15


def test_class_shares_stand_in_where_the_other_folds_hold_one_class() -> None:
    probabilities = out_of_fold_proba(
        LogisticRegressionStudent, numbered(2), np.array(["a", "b"]), None, np.array(["a", "b"])
    )
    assert probabilities.tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_a_single_text_gets_equal_shares_and_no_text_no_rows() -> None:
    classes = np.array(["a", "b"])
    one = out_of_fold_proba(LogisticRegressionStudent, numbered(1), np.array(["a"]), None, classes)
    none = out_of_fold_proba(LogisticRegressionStudent, numbered(0), np.array([], dtype=np.str_), None, classes)
    assert one.tolist() == [[0.5, 0.5]]
    assert none.shape == (0, 2)


def test_the_same_seed_gives_the_same_probabilities() -> None:
    X = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    y = np.array(["a", "b", "c"] * 10)
    first, second, other = (
        out_of_fold_proba(LogisticRegressionStudent, X, y, None, np.array(["a", "b", "c"]), seed=seed)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_a_label_that_is_not_among_the_classes_is_refused() -> None:
    with pytest.raises(StudentError, match="not among the classes: b"):
        out_of_fold_proba(RememberingStudent, numbered(2), np.array(["a", "b"]), None, np.array(["a"]))


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(StudentError, match="one length"):
        out_of_fold_proba(RememberingStudent, numbered(3), np.array(["a", "b"]), None, np.array(["a", "b"]))


@settings(deadline=None, derandomize=True)
@given(y=st.lists(st.sampled_from("abc"), max_size=60), n_folds=st.integers(2, 8), seed=st.integers(0, 50))
def test_folds_are_of_almost_equal_size_overall_and_within_each_class(y: list[str], n_folds: int, seed: int) -> None:
    labels = np.array(y, dtype=np.str_)
    folds = assign_folds(labels, n_folds, np.random.default_rng(seed))
    for members in (folds, *(folds[labels == label] for label in "abc")):
        sizes = np.bincount(members, minlength=n_folds)
        assert sizes.max() - sizes.min() <= 1


def test_one_fold_is_refused() -> None:
    with pytest.raises(ValueError, match="n_folds"):
        assign_folds(np.array(["a", "b"]), 1, np.random.default_rng(0))
