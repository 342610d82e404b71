"""A student whose probabilities mean what they say."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mraru.errors import StudentError
from mraru.interfaces import Labels, Probabilities, Student, Vectors
from mraru.students.calibration.calibration_choice import Calibration, calibrate
from mraru.students.calibration.calibrators import CalibrationMethod
from mraru.students.calibration.question_calibration import calibrate_by_question
from mraru.students.out_of_fold import count_folds, out_of_fold_proba
from mraru.students.questions_student import QuestionsStudent


class CalibratedStudent:
    """Any student, with its probabilities calibrated on what students of other folds say of its texts.

    It costs as many more fits as there are folds. `judge_raw_out_of_fold` gives the same folds' opinions to whoever
    needs them next, so that a round with review scores fits no more often than without calibration.
    """

    def __init__(
        self,
        make_student: Callable[[], Student],
        method: CalibrationMethod | None = None,
        *,
        seed: int = 0,
        n_folds: int | None = None,
    ) -> None:
        """Nothing is trained yet.

        Args:
            make_student: gives a fresh student to wrap.
            method: how to calibrate; the best of all when None.
            seed: decides which text falls into which fold.
            n_folds: at least 2; as many as suit the student when None.
        """
        self.make_student = make_student
        self._method = method
        self._seed = seed
        self._student: Student | None = None
        self._calibration: Calibration | None = None
        self._judged: tuple[bytes, Probabilities] | None = None  # what was judged, and the raw opinions
        student = make_student()
        self._name = student.name
        self._n_folds = n_folds or count_folds(student)

    @classmethod
    def from_parts(cls, make_student: Callable[[], Student], student: Student, calibration: Calibration) -> Self:
        """Put together what was kept of a trained one."""
        calibrated = cls(make_student)
        calibrated._student, calibrated._calibration = student, calibration
        return calibrated

    @property
    def name(self) -> str:
        """That of the student within: model versions name the kind of student alone."""
        return self._name

    @property
    def student(self) -> Student:
        """The trained student within, whose probabilities are raw.

        Raises:
            StudentError: `fit` has not been called.
        """
        if self._student is None:
            raise StudentError(f"The {self.name} student has not been trained: call fit first.")
        return self._student

    @property
    def calibration(self) -> Calibration:
        """What was chosen in `fit`.

        Raises:
            StudentError: `fit` has not been called.
        """
        if self._calibration is None:
            raise StudentError(f"The {self.name} student has not been trained: call fit first.")
        return self._calibration

    @property
    def classes_(self) -> Labels:
        return self.student.classes_

    def fit(self, X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> None:
        """Learn from all labelled vectors, and calibrate on the opinions of students that learned from some.

        Args and errors are those of the student within; one that fails to learn keeps what it knew.
        """
        student = self.make_student()
        student.fit(X, y, sample_weight)
        labels = np.asarray(y, dtype=np.str_)
        weights = np.ones(len(labels)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        probabilities = out_of_fold_proba(
            self.make_student,
            X,
            labels,
            sample_weight,
            student.classes_,
            self._n_folds,
            self._seed,
            may_lack_labels=isinstance(student, QuestionsStudent),
        )
        is_class = np.isin(labels, student.classes_)  # of several questions, some may be left open
        calibration = self._calibrate(student, probabilities[is_class], labels[is_class], weights[is_class])
        digest = _digest(X, labels, weights, student.classes_, self._n_folds, self._seed)
        self._student, self._calibration, self._judged = student, calibration, (digest, probabilities)

    def _calibrate(
        self, student: Student, probabilities: Probabilities, y: Labels, weights: NDArray[np.float64]
    ) -> Calibration:
        if isinstance(student, QuestionsStudent):
            return calibrate_by_question(
                probabilities, student.classes_, student.parts, y, weights, method=self._method, seed=self._seed
            )
        return calibrate(probabilities, student.classes_, y, weights, method=self._method, seed=self._seed)

    def predict_proba(self, X: Vectors) -> Probabilities:
        """Calibrated class probabilities, shape `(n_texts, n_classes)`, columns as in `classes_`."""
        return self.calibration.apply(self.student.predict_proba(X))

    def judge_raw_out_of_fold(
        self,
        make_student: Callable[[], Student],
        X: Vectors,
        y: Labels,
        sample_weight: NDArray[np.float64] | None,
        seed: int,
    ) -> Probabilities:
        """Opinions of labelled texts by students that have not seen their labels, before calibration.

        If these are the texts that `fit` saw, nothing is fitted at all.

        Args and result are those of `out_of_fold_proba`, with the classes of this student.
        """
        labels = np.asarray(y, dtype=np.str_)
        weights = np.ones(len(labels)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        n_folds = count_folds(make_student())
        digest = _digest(X, labels, weights, self.classes_, n_folds, seed)
        if self._judged is None or self._judged[0] != digest:
            raw = out_of_fold_proba(
                make_student,
                X,
                labels,
                sample_weight,
                self.classes_,
                n_folds,
                seed,
                may_lack_labels=isinstance(self.student, QuestionsStudent),
            )
            self._judged = (digest, raw)
        return self._judged[1]


def judge_raw_out_of_fold(
    student: Student,
    make_student: Callable[[], Student],
    X: Vectors,
    y: Labels,
    sample_weight: NDArray[np.float64] | None,
    seed: int,
) -> Probabilities:
    """What `student` would say of labelled texts had it not seen their labels, before calibration.

    Args:
        student: the trained one.
        make_student: gives a fresh student of its kind, calibrated or not.
        X: shape `(n_texts, n_dimensions)`.
        y: shape `(n_texts,)`, labels that the student knows.
        sample_weight: shape `(n_texts,)`; every text counts alike when None.
        seed: decides which text falls into which fold.

    Returns:
        Shape `(n_texts, n_classes)`, columns as in `student.classes_`, rows sum to 1.
    """
    if isinstance(student, CalibratedStudent):
        return student.judge_raw_out_of_fold(lambda: _uncalibrated(make_student()), X, y, sample_weight, seed)
    n_folds = count_folds(_uncalibrated(make_student()))
    return out_of_fold_proba(
        lambda: _uncalibrated(make_student()),
        X,
        y,
        sample_weight,
        student.classes_,
        n_folds,
        seed,
        may_lack_labels=isinstance(student, QuestionsStudent),
    )


def calibrate_as(student: Student, raw: Probabilities) -> Probabilities:
    """Raw probabilities, calibrated as `student` is, shape `(n_texts, n_classes)`.

    Students of folds stay raw and get the calibration of the student that learned all: calibrating each by folds of
    its own would fit 25 instead of 5.
    """
    return student.calibration.apply(raw) if isinstance(student, CalibratedStudent) else raw


def judge_out_of_fold(
    student: Student,
    make_student: Callable[[], Student],
    X: Vectors,
    y: Labels,
    sample_weight: NDArray[np.float64] | None,
    seed: int,
) -> Probabilities:
    """As `judge_raw_out_of_fold`, calibrated as `student` is."""
    return calibrate_as(student, judge_raw_out_of_fold(student, make_student, X, y, sample_weight, seed))


def learned_classes(student: Student) -> frozenset[str]:
    """The answers that a student was taught; of several questions it can say more than these."""
    inner = student.student if isinstance(student, CalibratedStudent) else student
    return inner.learned if isinstance(inner, QuestionsStudent) else frozenset(student.classes_.tolist())


def _uncalibrated(student: Student) -> Student:
    return student.make_student() if isinstance(student, CalibratedStudent) else student


def _digest(X: Vectors, y: Labels, weights: NDArray[np.float64], classes: Labels, n_folds: int, seed: int) -> bytes:
    digest = blake2b(f"{X.shape} {X.dtype} {n_folds} {seed}".encode())
    for array in (X, weights):
        digest.update(np.ascontiguousarray(array).tobytes())
    for labels in (y, classes):
        digest.update("\0".join(labels.tolist()).encode())
    return digest.digest()
