"""Which class stands behind the name of a student, and what is around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from mraru.interfaces import Student
from mraru.projects.learning.training import StudentFiles
from mraru.students.calibration.calibrated import CalibratedStudent
from mraru.students.calibration.calibrators import CalibrationMethod
from mraru.students.fine_tuned.distilbert import DistilBertStudent
from mraru.students.fine_tuned.fine_tuning import FineTuning
from mraru.students.named_students import find_student_type
from mraru.students.student_files import SAFETENSORS

UNCALIBRATED = "none"
DISTILBERT = DistilBertStudent.name
# A file of DistilBERT's has 260 MB: of older rounds, nothing asks for the student any more.
DISTILBERT_FILES = StudentFiles(suffix=SAFETENSORS, n_kept=3)
CALIBRATIONS: Mapping[str, CalibrationMethod | None] = {
    "auto": None,  # what measures best
    "temperature": CalibrationMethod.TEMPERATURE,
    "sigmoid": CalibrationMethod.SIGMOID,
    "isotonic": CalibrationMethod.ISOTONIC,
}


def make_student(student: str, calibration: str, seed: int) -> Student:
    """A fresh student by its name, calibrated as `CALIBRATIONS` says or `UNCALIBRATED`.

    Raises:
        PluginInvalid: there is no such student, or it is not what a student must be.
    """
    return _calibrate(partial(find_student_type(student), seed), calibration, seed)


def make_distilbert(options: FineTuning, calibration: str) -> Student:
    """A fresh DistilBERT that learns as `options` say, calibrated likewise."""
    return _calibrate(partial(DistilBertStudent, options), calibration, options.seed)


def _calibrate(make_uncalibrated: Callable[[], Student], calibration: str, seed: int) -> Student:
    if calibration == UNCALIBRATED:
        return make_uncalibrated()
    return CalibratedStudent(make_uncalibrated, CALIBRATIONS[calibration], seed=seed)
