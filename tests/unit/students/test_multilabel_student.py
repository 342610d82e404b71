from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mraru.answers import NO_LABELS, join_labels
from mraru.errors import StudentError, StudentFileInvalid, TooFewClasses
from mraru.interfaces import Labels, Vectors
from mraru.students.calibration.calibrated import CalibratedStudent
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.multilabel_student import MultilabelStudent, find_members
from mraru.students.named_students import find_student_type
from mraru.students.student_files import load_student, save_student

LABELS = ("a", "b", "c")


def texts(n_texts: int, seed: int = 0, spread: float = 0.15) -> tuple[Vectors, Labels]:
    """Vectors that show which of the three labels each text has; any set of them."""
    rng = np.random.default_rng(seed)
    members = rng.random((n_texts, 3)) < 0.4
    X = np.concatenate([members, rng.normal(0.0, 0.1, (n_texts, 5))], axis=1) + rng.normal(0.0, spread, (n_texts, 8))
    y = [join_labels(label for label, is_in in zip(LABELS, row, strict=True) if is_in) for row in members]
    return X.astype(np.float32), np.array(y)


def make() -> MultilabelStudent:
    return MultilabelStudent(LogisticRegressionStudent)


def test_the_likeliest_set_is_the_one_that_a_text_has() -> None:
    student = make()
    student.fit(*texts(200))
    X, y = texts(200, seed=1)
    assert (student.classes_[student.predict_proba(X).argmax(axis=1)] == y).mean() > 0.9
    assert NO_LABELS in student.classes_


def test_a_set_of_few_texts_borrows_from_other_sets_with_its_labels() -> None:
    X, y = texts(200, spread=0.3)
    whole = y == "a | b | c"
    few = np.flatnonzero(whole)[:1]
    kept = np.concatenate([np.flatnonzero(~whole), few])
    student, as_classes = make(), LogisticRegressionStudent()
    student.fit(X[kept], y[kept])
    as_classes.fit(X[kept], y[kept])
    unseen, truth = texts(400, seed=2, spread=0.3)
    of_it = truth == "a | b | c"
    found = [
        (each.classes_[each.predict_proba(unseen[of_it]).argmax(axis=1)] == truth[of_it]).mean()
        for each in (student, as_classes)
    ]
    assert found[0] > found[1] + 0.1


def test_rare_labels_are_no_more_likely_than_they_are_common() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(400, 8)).astype(np.float32)  # which say nothing
    y = np.array(["a"] * 360 + ["b"] * 40)
    student = make()
    student.fit(X, y)
    assert student.predict_proba(rng.normal(size=(400, 8)).astype(np.float32))[:, 1].mean() < 0.2


def test_where_most_texts_have_one_label_the_empty_set_is_no_likelier_than_it_is_common() -> None:
    rng = np.random.default_rng(3)
    y = np.array(["a", "b", "c", "d", "e", NO_LABELS] * 60)
    student = make()
    student.fit(rng.normal(size=(360, 8)).astype(np.float32), y)  # which says nothing
    found = student.predict_proba(rng.normal(size=(400, 8)).astype(np.float32))
    assert found[:, student.classes_.tolist().index(NO_LABELS)].mean() < 0.25


def test_a_student_that_takes_no_weights_is_not_corrected_for_them() -> None:
    X, y = texts(150)
    student = MultilabelStudent(find_student_type("sklearn.neighbors:KNeighborsClassifier"))
    student.fit(X, y)
    assert not student.shifts.any()
    weighing = make()
    weighing.fit(X, y)
    assert weighing.shifts.all()


def test_a_label_that_all_texts_have_needs_no_student() -> None:
    X, y = texts(60)
    y = np.array([join_labels(["z", *(each for each in answer.split(" | ") if answer != NO_LABELS)]) for answer in y])
    student = make()
    student.fit(X, y)
    assert student.students[-1] is None
    assert all("z" in answer for answer in student.classes_)
    assert (student.classes_[student.predict_proba(X).argmax(axis=1)] == y).mean() > 0.9


@pytest.mark.parametrize("calibrated", [False, True])
def test_it_is_kept_and_read_back_the_same(tmp_path: Path, calibrated: bool) -> None:
    student = CalibratedStudent(make) if calibrated else make()
    student.fit(*texts(120))
    save_student(student, tmp_path / "r001.skops")
    loaded = load_student(tmp_path / "r001.skops")
    X, _ = texts(30, seed=4)
    assert loaded.classes_.tolist() == student.classes_.tolist()
    np.testing.assert_array_equal(loaded.predict_proba(X), student.predict_proba(X))
    assert loaded.name == "logreg"
    loaded.fit(*texts(50, seed=5))  # and it can learn on


def test_a_file_whose_parts_do_not_fit_is_none(tmp_path: Path) -> None:
    student = make()
    student.fit(*texts(60))
    student._students = student._students[:-1]
    save_student(student, tmp_path / "r001.skops")
    with pytest.raises(StudentFileInvalid, match="do not fit together"):
        load_student(tmp_path / "r001.skops")


def test_one_set_alone_teaches_nothing() -> None:
    X, _ = texts(4)
    with pytest.raises(TooFewClasses):
        make().fit(X, np.array(["a | b"] * 4))
    with pytest.raises(StudentError, match="not been trained"):
        make().predict_proba(X)


def test_members_of_sets_are_those_that_they_name() -> None:
    assert find_members(np.array([NO_LABELS, "b", "a | b"])).tolist() == [[False, False], [False, True], [True, True]]
