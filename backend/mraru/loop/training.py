"""Trains the student on the label book, keeps it on disk, and gives it back by its version."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mraru.embedding.cached import CachedEmbedder
from mraru.errors import StudentFileInvalid, TooFewClasses
from mraru.interfaces import Student
from mraru.loop.label_book import LabelBook
from mraru.loop.pool import embed_hashes
from mraru.store.store import Store
from mraru.students.persistence import load_student, save_student

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    student: Student
    n_labels: int
    training_s: float  # fitting alone


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

    def train(self, book: LabelBook) -> Trained:
        """Fit a new student on all labels.

        Raises:
            TooFewClasses: the labels are of fewer than two classes.
        """
        labels = book.labels
        if len(set(labels.values())) < 2:
            raise TooFewClasses()
        vectors = embed_hashes(self._store, self._project_id, self._embedder, list(labels))
        student = self._make_student()
        started = time.perf_counter()
        weights = book.weights(labels) if self._soft_labels else None
        student.fit(vectors, np.array(list(labels.values()), dtype=np.str_), weights)
        return Trained(student=student, n_labels=len(labels), training_s=time.perf_counter() - started)

    def save(self, student: Student, round_number: int) -> None:
        path = student_path(self._folder, self._project_id, round_number)
        path.parent.mkdir(parents=True, exist_ok=True)
        save_student(student, path)

    def load(self, round_number: int, book: LabelBook) -> Student:
        """The student of a round, made anew from the labels if its file is damaged or gone.

        Raises:
            TooFewClasses: it had to be made anew and the labels are of fewer than two classes.
        """
        try:
            return load_student(student_path(self._folder, self._project_id, round_number))
        except StudentFileInvalid as exc:
            logger.warning(
                "student of round %d of project %d is trained anew: %s",
                round_number,
                self._project_id,
                exc,
                extra={"event": "student_lost"},
            )
        student = self.train(book).student
        self.save(student, round_number)
        return student


def student_path(folder: Path, project_id: int, round_number: int) -> Path:
    """Where the student of a round is kept: every project has a folder of its own."""
    return folder / "projects" / str(project_id) / "students" / f"r{round_number:03d}.skops"
