"""Linear discriminant analysis with weights, against scikit-learn's without."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from mraru.interfaces import Labels
from mraru.students.linear_discriminant import LinearDiscriminantStudent, PooledLinearDiscriminantAnalysis
from mraru.students.scikit_student import Inputs


def gaussians(n_each: int, n_classes: int = 3, n_dimensions: int = 5) -> tuple[Inputs, Labels]:
    rng = np.random.default_rng(0)
    members = np.repeat(np.arange(n_classes), n_each)
    mixing = rng.normal(size=(n_dimensions, n_dimensions))
    X = 2 * np.eye(n_dimensions)[members] + rng.normal(size=(len(members), n_dimensions)) @ mixing
    return X, np.array(list("abcdef"))[members]


@pytest.mark.parametrize("n_classes", [2, 3])
def test_with_many_texts_it_is_scikit_learns(n_classes: int) -> None:
    X, y = gaussians(3000, n_classes)
    theirs = LinearDiscriminantAnalysis(priors=[1 / n_classes] * n_classes).fit(X, y)
    ours = PooledLinearDiscriminantAnalysis().fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=0, atol=0.03)


def test_a_weight_of_2_is_a_text_that_stands_there_twice() -> None:
    X, y = gaussians(2000)  # so many that the shrinkage, which goes by the number of rows, is small
    times = np.arange(len(y)) % 2 + 1
    weighted = PooledLinearDiscriminantAnalysis().fit(X, y, times.astype(np.float64))
    repeated = PooledLinearDiscriminantAnalysis().fit(np.repeat(X, times, axis=0), np.repeat(y, times))
    np.testing.assert_allclose(weighted.means_, repeated.means_)
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=0, atol=0.02)


def test_how_often_a_class_occurs_changes_its_probability_little() -> None:
    X, y = gaussians(400)
    kept = np.flatnonzero((y != "a") | (np.arange(len(y)) % 20 == 0))
    equal, skewed = (
        PooledLinearDiscriminantAnalysis().fit(X, y),
        PooledLinearDiscriminantAnalysis().fit(X[kept], y[kept]),
    )
    named = [(each.classes_[each.predict_proba(X).argmax(axis=1)] == "a").mean() for each in (equal, skewed)]
    assert named[1] == pytest.approx(named[0], abs=0.05)


def test_texts_that_are_all_equal_within_their_classes_can_be_told() -> None:
    X = np.repeat(np.eye(4), 5, axis=0)
    y = np.repeat(list("abcd"), 5)
    student = LinearDiscriminantStudent()
    student.fit(X.astype(np.float32), y)
    assert (student.classes_[student.predict_proba(X.astype(np.float32)).argmax(axis=1)] == y).all()


def test_more_dimensions_than_texts_are_no_obstacle() -> None:
    rng = np.random.default_rng(0)
    truth = np.arange(30) % 3
    X = np.eye(1024)[truth] + rng.normal(scale=0.05, size=(30, 1024))
    student = LinearDiscriminantStudent()
    student.fit(X.astype(np.float32), np.array(list("abc"))[truth])
    unseen = np.eye(1024)[:3] + rng.normal(scale=0.05, size=(3, 1024))
    assert student.classes_[student.predict_proba(unseen.astype(np.float32)).argmax(axis=1)].tolist() == list("abc")
