"""Which class stands behind the name of a student, and what is around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from mraru.bootstrap.embedder_factory import make_token_embedder
from mraru.interfaces import Student
from mraru.projects.learning.training import EVERY_SKOPS_FILE, StudentFiles
from mraru.schema_records import LabelSchema
from mraru.settings import Settings
from mraru.students.calibration.calibrated import CalibratedStudent
from mraru.students.calibration.calibrators import CalibrationMethod
from mraru.students.fine_tuned.distilbert import DistilBertStudent
from mraru.students.fine_tuned.fine_tuning import FineTuning, load_pretrained
from mraru.students.multilabel_student import MultilabelStudent
from mraru.students.named_students import find_student_type
from mraru.students.questions_student import QuestionsStudent
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


class StudentFactory:
    """Makes students as the settings say, and says how they are kept."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def make(self, settings: Settings | None = None, schema: LabelSchema | None = None) -> Student:
        """A fresh student as a project's settings say, or as the server's do.

        Args:
            schema: what it learns to answer; None: one of several labels.

        Raises:
            PluginInvalid: there is no such student, or it is not what a student must be.
        """
        settings = settings or self._settings
        if settings.student != DISTILBERT:
            return make_student(
                settings.student,
                settings.calibration,
                settings.seed,
                is_multiple=schema is not None and schema.is_multiple,
                questions=schema if schema is not None and schema.questions else None,
            )
        return make_distilbert(self.fine_tuning, settings.calibration)

    @property
    def fine_tuning(self) -> FineTuning:
        """How the student distilbert learns."""
        settings = self._settings
        return FineTuning(
            model=settings.distilbert_model,
            epochs=settings.distilbert_epochs,
            threads=settings.embedding_threads,
            seed=settings.seed,
        )

    @property
    def files(self) -> StudentFiles:
        """The kind of files that students are kept in."""
        return DISTILBERT_FILES if self._settings.student == DISTILBERT else EVERY_SKOPS_FILE

    def fetch_model(self) -> None:
        """Download what the student begins with, unless it is there or the student needs nothing.

        Raises:
            StudentModelMissing: it cannot be fetched.
        """
        tokens = make_token_embedder(self._settings)
        if tokens is not None:
            tokens.embed([])
            load_pretrained(self.fine_tuning, n_classes=2)


def make_student(
    student: str,
    calibration: str,
    seed: int,
    alter: Callable[[Student], Student] = lambda made: made,
    *,
    is_multiple: bool = False,
    questions: LabelSchema | None = None,
) -> Student:
    """A fresh student by its name, calibrated as `CALIBRATIONS` says or `UNCALIBRATED`.

    Args:
        alter: what is done to it before it is calibrated.
        is_multiple: whether it learns sets of labels.
        questions: several questions that it learns to answer, each by a student of its own; None: one.

    Raises:
        PluginInvalid: there is no such student, or it is not what a student must be.
    """
    student_type = find_student_type(student)
    make = partial(student_type, seed)

    def make_one(is_multiple: bool) -> Student:
        return alter(MultilabelStudent(make) if is_multiple else make())

    if questions is None:
        return _calibrate(partial(make_one, is_multiple), calibration, seed)
    make_for = partial(QuestionsStudent, questions, lambda question: make_one(question.is_multiple))
    return _calibrate(make_for, calibration, seed)


def make_distilbert(options: FineTuning, calibration: str) -> Student:
    """A fresh DistilBERT that learns as `options` say, calibrated likewise."""
    return _calibrate(partial(DistilBertStudent, options), calibration, options.seed)


def _calibrate(make_uncalibrated: Callable[[], Student], calibration: str, seed: int) -> Student:
    if calibration == UNCALIBRATED:
        return make_uncalibrated()
    return CalibratedStudent(make_uncalibrated, CALIBRATIONS[calibration], seed=seed)
