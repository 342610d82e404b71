"""What trees read: scores by a discriminant that has not learned the text, and principal components."""

from __future__ import annotations

import numpy as np
import pytest

from mraru.interfaces import Labels
from mraru.students.gradient_boosting import GradientBoostingStudent
from mraru.students.random_forest import RandomForestStudent
from mraru.students.scikit_student import Inputs, ScikitStudent
from mraru.students.tree_features import N_COMPONENTS, DiscriminantFeatures


def draw_texts(
    n_texts: int, n_classes: int = 4, n_dimensions: int = 100, distance: float = 3.0
) -> tuple[Inputs, Labels]:
    rng = np.random.default_rng(0)
    truth = np.arange(n_texts) % n_classes
    vectors = rng.normal(size=(n_texts, n_dimensions))
    vectors[:, :n_classes] += distance * np.eye(n_classes)[truth]
    return vectors, np.array([f"class {member:03d}" for member in truth])


def test_there_are_a_score_for_each_class_and_the_components_that_texts_can_tell() -> None:
    few, many = draw_texts(12), draw_texts(80)
    assert DiscriminantFeatures().fit_transform(*few).shape == (12, 4 + 11)
    assert DiscriminantFeatures().fit_transform(*many).shape == (80, 4 + N_COMPONENTS)


def test_two_classes_have_one_score() -> None:
    X, y = draw_texts(20, n_classes=2)
    features = DiscriminantFeatures()
    learned = features.fit_transform(X, y)
    assert learned.shape == (20, 1 + N_COMPONENTS)
    assert features.transform(X).shape == learned.shape


def test_a_learned_text_is_scored_by_a_discriminant_that_has_not_learned_it() -> None:
    """Of labels that mean nothing, a discriminant knows those that it has learned and no others."""
    X, _ = draw_texts(80, distance=0.0)
    y = np.random.default_rng(1).permutation(np.repeat(np.array(["a", "b", "c", "d"]), 20))
    columns = np.searchsorted(np.unique(y), y)
    features = DiscriminantFeatures()
    out_of_fold = features.fit_transform(X, y)[:, :4]
    in_fold = features.transform(X)[:, :4]
    assert (in_fold.argmax(axis=1) == columns).mean() > 0.8
    assert (out_of_fold.argmax(axis=1) == columns).mean() < 0.5


def test_the_one_text_of_a_class_is_scored_by_a_discriminant_that_has_learned_it() -> None:
    X, y = draw_texts(40)
    y[0] = "rare"
    features = DiscriminantFeatures()
    learned = features.fit_transform(X, y)
    np.testing.assert_array_equal(learned[0], features.transform(X)[0])
    assert learned[0, :5].argmax() == 4
    assert not np.allclose(learned[1:, :5], features.transform(X)[1:, :5])


@pytest.mark.parametrize(
    "labels",
    [["a", "b"], ["a", "b", "c"], ["a", "a", "b"], ["a", "a", "a", "b", "c"]],
    ids=lambda labels: "".join(labels),
)
def test_the_fewest_labels_suffice(labels: list[str]) -> None:
    X = np.random.default_rng(0).normal(size=(len(labels), 10))
    features = DiscriminantFeatures()
    learned = features.fit_transform(X, np.array(labels))
    assert np.isfinite(learned).all()
    assert features.transform(X).shape == learned.shape


def test_weights_count() -> None:
    X, y = draw_texts(40)
    weights = np.where(y == "class 000", np.linspace(0.1, 5.0, 40), 1.0)
    plain, weighted = DiscriminantFeatures(), DiscriminantFeatures()
    plain.fit_transform(X, y)
    weighted.fit_transform(X, y, weights)
    assert not np.allclose(plain.transform(X)[:, 0], weighted.transform(X)[:, 0])


@pytest.mark.parametrize("make_student", [RandomForestStudent, GradientBoostingStudent])
def test_trees_find_a_class_that_no_single_dimension_shows(make_student: type[ScikitStudent]) -> None:
    """The classes lie along a diagonal of 200 dimensions, each of which tells next to nothing."""
    rng = np.random.default_rng(3)
    truth = np.arange(400) % 2
    X = (rng.normal(size=(400, 200)) + 0.2 * (2 * truth[:, None] - 1)).astype(np.float32)
    y = np.where(truth, "yes", "no")
    student = make_student()
    student.fit(X[:200], y[:200])
    right = student.classes_[student.predict_proba(X[200:]).argmax(axis=1)] == y[200:]
    assert right.mean() > 0.9
