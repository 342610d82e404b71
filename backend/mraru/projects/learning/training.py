"""Trains the student on the labelled set, keeps it on disk, and gives it back by its version."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.errors import StudentFileInvalid, TooFewClasses
from mraru.interfaces import Student
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.projects.learning.unlabelled_pool import embed_hashes
from mraru.store.store import Store
from mraru.store.store_faults import explain_os_error
from mraru.students.calibration.calibrated import CalibratedStudent
from mraru.students.student_files import SKOPS, load_student, save_student

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentFiles:
    """How the students of rounds are kept. A file of another ending counts as gone: its student reads other vectors."""

    suffix: str = SKOPS
    n_kept: int | None = None  # newest rounds of a project whose file is kept; all when None


EVERY_SKOPS_FILE = StudentFiles()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    student: Student
    n_labels: int
    training_s: float  # fitting and calibrating alone

    @property
    def calibration_figures(self) -> dict[str, str | float | None]:
        """How the student was calibrated, as columns of `rounds`; none where it was not."""
        if not isinstance(self.student, CalibratedStudent):
            return {}
        calibration = self.student.calibration
        return {
            "calibration": calibration.method.value,
            "calibration_error_before": calibration.error_before,
            "calibration_error_after": calibration.error_after,
        }


class Training:
    """The student's side of one project."""

    def __init__(
        self,
        *,
        store: Store,
        project_id: int,
        embedder: CachedEmbedder,
        make_student: Callable[[], Student],
        folder: Path,
        soft_labels: bool = False,
        files: StudentFiles = EVERY_SKOPS_FILE,
    ) -> None:
        """Nothing is trained yet.

        Args:
            soft_labels: labels weigh what the teacher's confidence says. Students weigh all classes alike
                (`class_weight="balanced"`), by their texts' weights: so an unsure label counts less among
                those of its class, and a class of unsure labels counts as much as any other.
        """
        self._store = store
        self._project_id = project_id
        self._embedder = embedder
        self._make_student = make_student
        self._folder = folder
        self._soft_labels = soft_labels
        self._files = files
        self._saved: tuple[Path, Student] | None = None  # the last one

    def train(self, labelled: LabelledSet) -> Trained:
        """Fit a new student on all labels, those of classes that the label config has no more included.

        Raises:
            TooFewClasses: the labels are of fewer than two classes, or none is of a class that the config has.
        """
        labels = labelled.labels
        classes = set(labels.values())
        if len(classes) < 2 or classes == labelled.gone_classes:
            raise TooFewClasses()
        vectors = embed_hashes(self._store, self._project_id, self._embedder, list(labels))
        student = self._make_student()
        started = time.perf_counter()
        weights = labelled.weights(labels) if self._soft_labels else None
        student.fit(vectors, np.array(list(labels.values()), dtype=np.str_), weights)
        return Trained(student=student, n_labels=len(labels), training_s=time.perf_counter() - started)

    def save(self, student: Student, round_number: int) -> None:
        """Write the student of a round to its file.

        Raises:
            StoreFault: the file cannot be written; the one that was there is as it was.
        """
        path = self._path(round_number)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_student(student, path)
        except OSError as exc:
            raise explain_os_error(path, exc) from exc
        self._saved = (path, student)
        if self._files.n_kept is not None:
            _remove_older(path, round_number - self._files.n_kept)

    def load(self, round_number: int, labelled: LabelledSet) -> Student:
        """The student of a round, made anew from the labels if its file is damaged or gone.

        Raises:
            TooFewClasses: it had to be made anew and the labels are of fewer than two classes.
        """
        path = self._path(round_number)
        if self._saved is not None and self._saved[0] == path and path.exists():
            return self._saved[1]  # it still has its out-of-fold opinions, which files do not hold
        try:
            return load_student(path)
        except StudentFileInvalid as exc:
            logger.warning(
                "student of round %d of project %d is trained anew: %s",
                round_number,
                self._project_id,
                exc,
                extra={"event": "student_lost"},
            )
        student = self.train(labelled).student
        self.save(student, round_number)
        return student

    def load_if_kept(self, round_number: int) -> Student | None:
        """The student of a round as it was; None if its file is damaged or gone."""
        try:
            return load_student(self._path(round_number))
        except StudentFileInvalid:
            return None

    def _path(self, round_number: int) -> Path:
        return student_path(self._folder, self._project_id, round_number, self._files.suffix)


def project_folder(folder: Path, project_id: int) -> Path:
    """Where the files of one project lie: its students."""
    return folder / "projects" / str(project_id)


def student_path(folder: Path, project_id: int, round_number: int, suffix: str = SKOPS) -> Path:
    """Where the student of a round is kept: every project has a folder of its own."""
    return project_folder(folder, project_id) / "students" / f"r{round_number:03d}{suffix}"


def _remove_older(path: Path, newest: int) -> None:
    """Remove the files of rounds up to `newest` that stand beside `path` and end like it."""
    for other in path.parent.glob(f"r*{path.suffix}"):
        number = other.stem.removeprefix("r")
        if number.isdecimal() and int(number) <= newest:
            other.unlink(missing_ok=True)
