"""What every student must keep to, for those that read tokens: on texts, where the others have Gaussian vectors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fakes.tiny_distilbert import MAX_TOKENS, tiny_model, tiny_student, tokenize, write_texts
from mraru.errors import StudentError, TooFewClasses
from mraru.interfaces import Labels, Student, Vectors
from mraru.students.calibration.calibrated import CalibratedStudent
from mraru.students.student_files import load_student, save_student

pytestmark = pytest.mark.slow

__all__ = ["tiny_model"]

MakeStudent = Callable[[], Student]
Topics = Callable[..., tuple[Vectors, Labels]]


@pytest.fixture
def make_student(tiny_model: Path) -> MakeStudent:
    return lambda: tiny_student(tiny_model)


@pytest.fixture(params=["raw", "calibrated"])
def make_either(request: pytest.FixtureRequest, make_student: MakeStudent) -> MakeStudent:
    """Calibration trains three more, so only the laws that it could break are tried with it."""
    return make_student if request.param == "raw" else lambda: CalibratedStudent(make_student)


@pytest.fixture
def topics(tiny_model: Path) -> Topics:
    """`topics(n_classes, n_each, seed)`: texts as tokens, and their labels."""

    def write(n_classes: int = 3, n_each: int = 10, seed: int = 0) -> tuple[Vectors, Labels]:
        texts, labels = write_texts(n_classes, n_each, seed)
        return tokenize(tiny_model, texts), labels

    return write


def test_the_same_labels_and_seed_give_the_same_student_whatever_was_learned_before(
    make_either: MakeStudent, topics: Topics
) -> None:
    X, y = topics()
    fresh, used = make_either(), make_either()
    used.fit(*topics(n_classes=4, n_each=3, seed=9))
    fresh.fit(X, y)
    used.fit(X, y)
    np.testing.assert_array_equal(fresh.predict_proba(X), used.predict_proba(X))


def test_inputs_are_not_mutated(make_student: MakeStudent, topics: Topics) -> None:
    X, y = topics(n_each=4)
    weights = np.linspace(1, 2, len(y))
    before = X.copy(), y.copy(), weights.copy()
    for array in (X, y, weights):
        array.flags.writeable = False
    student = make_student()
    student.fit(X, y, weights)
    student.predict_proba(X)
    for array, kept in zip((X, y, weights), before, strict=True):
        np.testing.assert_array_equal(array, kept)


@pytest.mark.parametrize(("n_classes", "n_each"), [(2, 1), (3, 4), (6, 2)])
def test_probabilities_have_a_row_per_text_a_column_per_class_and_sum_to_1(
    make_either: MakeStudent, topics: Topics, n_classes: int, n_each: int
) -> None:
    X, y = topics(n_classes, n_each)
    student = make_either()
    student.fit(X, y)
    probabilities = student.predict_proba(X)
    assert probabilities.shape == (len(y), n_classes)
    assert probabilities.dtype == np.float64
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert student.predict_proba(X[:0]).shape == (0, n_classes)
    assert student.classes_.tolist() == sorted(set(y.tolist()))
    assert student.classes_.dtype.kind == "U"


@pytest.mark.parametrize("n_classes", [2, 3])
def test_topics_are_learned_and_other_texts_of_their_kind_recognized(
    make_student: MakeStudent, topics: Topics, n_classes: int
) -> None:
    student = make_student()
    student.fit(*topics(n_classes))
    unseen, expected = topics(n_classes, seed=1)
    found = student.classes_[student.predict_proba(unseen).argmax(axis=1)]
    assert (found == expected).mean() > 0.8


def test_one_example_of_each_class_is_enough_to_begin(make_student: MakeStudent, topics: Topics) -> None:
    X, y = topics(n_classes=5, n_each=1)
    student = make_student()
    student.fit(X, y)
    assert (student.classes_[student.predict_proba(X).argmax(axis=1)] == y).all()


def test_sample_weights_decide_between_labels_that_contradict_each_other(
    make_student: MakeStudent, topics: Topics
) -> None:
    X, y = topics(n_classes=2, n_each=5)
    X, y = np.vstack([X, X[:1], X[:1]]), np.append(y, ["food", "sport"])
    probabilities = []
    for weights in ((20.0, 1.0), (1.0, 20.0)):
        student = make_student()
        student.fit(X, y, np.append(np.ones(10), weights))
        probabilities.append(student.predict_proba(X[:1])[0, 0])
    assert probabilities[0] > probabilities[1] + 0.05


def test_equal_weights_change_nothing(make_student: MakeStudent, topics: Topics) -> None:
    X, y = topics(n_each=4)
    plain, weighted = make_student(), make_student()
    plain.fit(X, y)
    weighted.fit(X, y, np.full(len(y), 2.0))
    np.testing.assert_allclose(plain.predict_proba(X), weighted.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("n_texts", [0, 1, 4])
def test_fewer_than_two_classes_are_refused_and_what_was_known_is_kept(
    make_student: MakeStudent, topics: Topics, n_texts: int
) -> None:
    X, y = topics(n_each=3)
    student = make_student()
    student.fit(X, y)
    before = student.predict_proba(X)
    with pytest.raises(TooFewClasses, match="at least two classes"):
        student.fit(X[:n_texts], np.array(["only"] * n_texts, dtype=np.str_))
    np.testing.assert_array_equal(student.predict_proba(X), before)


def test_a_student_that_was_never_trained_says_so(make_either: MakeStudent, topics: Topics) -> None:
    with pytest.raises(StudentError, match="has not been trained"):
        make_either().predict_proba(topics()[0])
    with pytest.raises(StudentError, match="has not been trained"):
        _ = make_either().classes_


def test_inputs_of_wrong_shape_or_value_are_refused(make_student: MakeStudent, topics: Topics) -> None:
    X, y = topics(n_each=3)
    student = make_student()
    with pytest.raises(StudentError, match="X must have shape"):
        student.fit(X[0], y)
    with pytest.raises(StudentError, match="y must have shape"):
        student.fit(X, y[1:])
    with pytest.raises(StudentError, match="sample_weight must have shape"):
        student.fit(X, y, np.ones(3))
    with pytest.raises(StudentError, match="must be positive"):
        student.fit(X, y, np.zeros(len(y)))
    with pytest.raises(StudentError, match="NaN"):
        student.fit(np.full_like(X, np.nan), y)
    student.fit(X, y)
    with pytest.raises(StudentError, match="was the embedding model changed"):
        student.predict_proba(np.ones((2, MAX_TOKENS + 1), dtype=np.float32))


def test_a_saved_student_gives_the_same_probabilities_when_loaded(
    make_either: MakeStudent, topics: Topics, tmp_path: Path
) -> None:
    X, y = topics()
    student = make_either()
    student.fit(X, y)
    save_student(student, tmp_path / "student.safetensors")
    loaded = load_student(tmp_path / "student.safetensors")
    assert type(loaded) is type(student)
    assert loaded.name == student.name
    assert loaded.classes_.tolist() == student.classes_.tolist()
    np.testing.assert_array_equal(loaded.predict_proba(X), student.predict_proba(X))
