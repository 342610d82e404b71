"""Calibration around a student: what it costs, what it keeps, what it gives on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skops.io
from numpy.typing import NDArray

from mraru.errors import StudentError, StudentFileInvalid, TooFewClasses
from mraru.interfaces import Labels, Student, Vectors
from mraru.students.calibration.calibrated import CalibratedStudent, judge_out_of_fold, judge_raw_out_of_fold
from mraru.students.calibration.calibrators import CalibrationMethod
from mraru.students.linear_discriminant import LinearDiscriminantStudent
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.out_of_fold import out_of_fold_proba
from mraru.students.student_files import FILE_FORMAT, load_student, save_student

N_FOLDS = 5


def overlapping(n_texts: int = 200, seed: int = 0) -> tuple[Vectors, Labels]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, size=n_texts)
    vectors = np.eye(30)[truth] + rng.normal(scale=0.6, size=(n_texts, 30))
    return vectors.astype(np.float32), np.array(["a", "b", "c"])[truth]


class CountingStudent(LinearDiscriminantStudent):
    """Counts the fits of all of its kind."""

    n_fits = 0

    def fit(self, X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> None:
        type(self).n_fits += 1
        super().fit(X, y, sample_weight)


@pytest.fixture(autouse=True)
def count_from_zero() -> None:
    CountingStudent.n_fits = 0


def mean_confidence_and_accuracy(student: Student, X: Vectors, y: Labels) -> tuple[float, float]:
    probabilities = student.predict_proba(X)
    is_right = student.classes_[probabilities.argmax(axis=1)] == y
    return float(probabilities.max(axis=1).mean()), float(is_right.mean())


def test_an_overconfident_student_says_what_it_knows_of_texts_it_has_not_seen() -> None:
    raw, calibrated = LinearDiscriminantStudent(), CalibratedStudent(LinearDiscriminantStudent)
    for student in (raw, calibrated):
        student.fit(*overlapping(60))
    unseen = overlapping(1000, seed=1)
    confidence, accuracy = mean_confidence_and_accuracy(raw, *unseen)
    assert confidence > accuracy + 0.05, "it is overconfident"
    confidence, accuracy = mean_confidence_and_accuracy(calibrated, *unseen)
    assert abs(confidence - accuracy) < 0.05


def test_it_costs_one_fit_a_fold_and_gives_its_folds_on() -> None:
    X, y = overlapping()
    student = CalibratedStudent(CountingStudent)
    student.fit(X, y)
    assert CountingStudent.n_fits == N_FOLDS + 1
    judge_out_of_fold(student, lambda: CalibratedStudent(CountingStudent), X, y, None, seed=0)
    assert CountingStudent.n_fits == N_FOLDS + 1


def test_what_was_judged_anew_is_judged_once() -> None:
    X, y = overlapping()
    student = CalibratedStudent(CountingStudent)
    student.fit(X, y)
    CountingStudent.n_fits = 0
    for _ in range(2):
        judge_raw_out_of_fold(student, lambda: CalibratedStudent(CountingStudent), X, y, None, seed=1)
    assert CountingStudent.n_fits == N_FOLDS


@pytest.mark.parametrize("change", ["text", "label", "weight", "seed"])
def test_other_texts_labels_or_weights_are_judged_anew_by_students_of_folds_that_stay_raw(change: str) -> None:
    X, y = overlapping()
    student = CalibratedStudent(CountingStudent)
    student.fit(X, y)
    weights, seed = np.ones(len(y)), 0
    match change:
        case "text":
            X = X + np.float32(0.01)
        case "label":
            y = y.copy()
            y[0] = "a" if y[0] != "a" else "b"
        case "weight":
            weights[0] = 2.0
        case "seed":
            seed = 1
    CountingStudent.n_fits = 0
    judged = judge_out_of_fold(student, lambda: CalibratedStudent(CountingStudent), X, y, weights, seed)
    assert CountingStudent.n_fits == N_FOLDS
    raw = out_of_fold_proba(CountingStudent, X, y, weights, student.classes_, seed=seed)
    np.testing.assert_array_equal(judged, student.calibration.apply(raw))


def test_kept_opinions_are_those_that_would_be_made_anew(tmp_path: Path) -> None:
    X, y = overlapping()
    student = CalibratedStudent(LinearDiscriminantStudent, seed=3)
    student.fit(X, y)
    save_student(student, tmp_path / "student.skops")
    loaded = load_student(tmp_path / "student.skops")

    def make_student() -> Student:
        return CalibratedStudent(LinearDiscriminantStudent, seed=3)

    kept = judge_out_of_fold(student, make_student, X, y, None, seed=3)
    np.testing.assert_allclose(judge_out_of_fold(loaded, make_student, X, y, None, seed=3), kept)


def test_a_student_that_is_not_calibrated_is_judged_as_it_is() -> None:
    X, y = overlapping()
    student = LogisticRegressionStudent()
    student.fit(X, y)
    expected = out_of_fold_proba(LogisticRegressionStudent, X, y, None, student.classes_, seed=2)
    for make_student in (LogisticRegressionStudent, lambda: CalibratedStudent(LogisticRegressionStudent)):
        np.testing.assert_array_equal(judge_out_of_fold(student, make_student, X, y, None, 2), expected)


def test_the_calibration_never_sees_what_a_student_says_of_its_own_texts() -> None:
    """Random labels cannot be known: out of fold nobody is sure of them, however sure the student is of its own."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 100)).astype(np.float32), rng.choice(["a", "b"], size=60)
    student = CalibratedStudent(LinearDiscriminantStudent)
    student.fit(X, y)
    assert student.student.predict_proba(X).max(axis=1).mean() > 0.8
    assert student.predict_proba(X).max(axis=1).mean() < 0.7


def test_its_name_is_that_of_the_student_within() -> None:
    assert CalibratedStudent(LinearDiscriminantStudent).name == "lda"


def test_a_fit_that_fails_keeps_student_and_calibration() -> None:
    X, y = overlapping()
    student = CalibratedStudent(LinearDiscriminantStudent)
    student.fit(X, y)
    before = student.calibration
    with pytest.raises(TooFewClasses):
        student.fit(X[:3], np.array(["a"] * 3))
    with pytest.raises(StudentError, match="y must have shape"):
        student.fit(X, y[1:])
    assert student.calibration is before


@pytest.mark.parametrize("method", [each for each in CalibrationMethod if each is not CalibrationMethod.BY_QUESTION])
def test_every_calibration_survives_the_disk(method: CalibrationMethod, tmp_path: Path) -> None:
    X, y = overlapping()
    student = CalibratedStudent(LinearDiscriminantStudent, method)
    student.fit(X, y)
    save_student(student, tmp_path / "student.skops")
    loaded = load_student(tmp_path / "student.skops")
    assert isinstance(loaded, CalibratedStudent)
    assert loaded.calibration.method is method
    assert loaded.calibration.error_after == student.calibration.error_after
    assert loaded.calibration.n_texts == len(y)
    np.testing.assert_array_equal(loaded.predict_proba(X), student.predict_proba(X))
    loaded.fit(X, y)  # a loaded one can learn again
    assert loaded.classes_.tolist() == ["a", "b", "c"]


@pytest.mark.parametrize(
    "change",
    [
        {"method": "unheard of"},
        {"method": "temperature", "parameters": {"temperature": -1.0}},
        {"method": "temperature", "parameters": {}},
        {"method": "sigmoid", "parameters": {"slopes": np.ones(2), "intercepts": np.ones(2)}},
        {"method": "isotonic", "parameters": {"thresholds": [np.ones(2)] * 3, "values": [np.ones(1)] * 3}},
    ],
    ids=["method", "negative temperature", "no temperature", "other classes", "uneven steps"],
)
def test_a_damaged_calibration_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    student = LinearDiscriminantStudent()
    student.fit(*overlapping())
    record = {"method": "none", "n_texts": 9, "error_before": None, "error_after": None, "parameters": {}} | change
    content = {"format": FILE_FORMAT, "name": "lda", "estimator": student.estimator, "calibration": record}
    skops.io.dump(content, tmp_path / "student.skops")
    with pytest.raises(StudentFileInvalid):
        load_student(tmp_path / "student.skops")
