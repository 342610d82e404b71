"""The students of a run: as the product makes them, or made wrong about themselves on purpose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mraru.benchmark.core.run_spec import RunSpec
from mraru.bootstrap import student_factory
from mraru.bootstrap.student_factory import CALIBRATIONS, UNCALIBRATED
from mraru.errors import BenchmarkError, PluginInvalid
from mraru.interfaces import Labels, Probabilities, Student, Vectors
from mraru.schema_records import LabelSchema
from mraru.students.named_students import OWN_STUDENTS

NO_CALIBRATION, AUTO_CALIBRATION = UNCALIBRATED, "auto"
LEAST_PROBABILITY = 1e-12  # stands in for 0 in logarithms


def make_student(spec: RunSpec, *, is_multiple: bool = False, questions: LabelSchema | None = None) -> Student:
    """A fresh student of the run.

    Args:
        is_multiple: whether it learns sets of labels.
        questions: several questions that it learns to answer together; None: one.

    Raises:
        BenchmarkError: there is no such student or calibration.
    """
    if spec.calibration not in (UNCALIBRATED, *CALIBRATIONS):
        known = ", ".join((UNCALIBRATED, *CALIBRATIONS))
        raise BenchmarkError(f"There is no calibration '{spec.calibration}'. There are: {known}.")

    def temper_it(student: Student) -> Student:
        return student if spec.temperature == 1.0 else TemperedStudent(student, spec.temperature)

    try:
        return student_factory.make_student(
            spec.student, spec.calibration, spec.seed, temper_it, is_multiple=is_multiple, questions=questions
        )
    except PluginInvalid as exc:
        known = ", ".join(OWN_STUDENTS)
        raise BenchmarkError(f"There is no student '{spec.student}'. There are: {known}. ({exc})") from exc


class TemperedStudent:
    """A student whose probabilities are `p ** (1 / temperature)`, normalized: its logits over the temperature.

    Which class is likeliest does not change, only how certain the student claims to be.
    """

    def __init__(self, student: Student, temperature: float) -> None:
        self._student = student
        self._temperature = temperature

    @property
    def name(self) -> str:
        return self._student.name

    @property
    def classes_(self) -> Labels:
        return self._student.classes_

    def fit(self, X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> None:
        self._student.fit(X, y, sample_weight)

    def predict_proba(self, X: Vectors) -> Probabilities:
        """Class probabilities, shape `(n_texts, n_classes)`."""
        return temper(self._student.predict_proba(X), self._temperature)


def temper(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Probabilities with their logarithms divided by the temperature, rows summing to 1 again.

    >>> temper(np.array([[0.8, 0.2]]), 0.5).round(3), temper(np.array([[0.8, 0.2]]), 1e9).round(3)
    (array([[0.941, 0.059]]), array([[0.5, 0.5]]))
    """
    logits = np.log(np.maximum(probabilities, LEAST_PROBABILITY)) / temperature
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    tempered: Probabilities = weights / weights.sum(axis=1, keepdims=True)
    return tempered
