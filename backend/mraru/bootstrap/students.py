"""Which class stands behind the name of a student, and what is around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from mraru.interfaces import Student
from mraru.loop.training import StudentFiles
from mraru.students.calibrated import CalibratedStudent
from mraru.students.calibrators import CalibrationMethod
from mraru.students.distilbert import DistilBertStudent
from mraru.students.fine_tuning import FineTuning
from mraru.students.gradient_boosting import GradientBoostingStudent
from mraru.students.linear_discriminant import LinearDiscriminantStudent
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.persistence import SAFETENSORS
from mraru.students.random_forest import RandomForestStudent
from mraru.students.support_vector_machine import SupportVectorMachineStudent

UNCALIBRATED = "none"
DISTILBERT = DistilBertStudent.name
# A file of DistilBERT's has 260 MB: of older rounds, nothing asks for the student any more.
DISTILBERT_FILES = StudentFiles(suffix=SAFETENSORS, n_kept=3)
# Those over embeddings; DistilBERT reads tokens, and is made by `make_distilbert`.
STUDENTS: Mapping[str, Callable[[int], Student]] = {
    "logreg": LogisticRegressionStudent,
    "svm": SupportVectorMachineStudent,
    "lda": LinearDiscriminantStudent,
    "rf": RandomForestStudent,
    "hgb": GradientBoostingStudent,
}
CALIBRATIONS: Mapping[str, CalibrationMethod | None] = {
    "auto": None,  # what measures best
    "temperature": CalibrationMethod.TEMPERATURE,
    "sigmoid": CalibrationMethod.SIGMOID,
    "isotonic": CalibrationMethod.ISOTONIC,
}


def make_student(student: str, calibration: str, seed: int) -> Student:
    """A fresh student by its name in `STUDENTS`, calibrated as `CALIBRATIONS` says or `UNCALIBRATED`."""
    return _calibrate(partial(STUDENTS[student], seed), calibration, seed)


def make_distilbert(options: FineTuning, calibration: str) -> Student:
    """A fresh DistilBERT that learns as `options` say, calibrated likewise."""
    return _calibrate(partial(DistilBertStudent, options), calibration, options.seed)


def _calibrate(make_uncalibrated: Callable[[], Student], calibration: str, seed: int) -> Student:
    if calibration == UNCALIBRATED:
        return make_uncalibrated()
    return CalibratedStudent(make_uncalibrated, CALIBRATIONS[calibration], seed=seed)
