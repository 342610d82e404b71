"""Answers Label Studio's requests for predictions: from what was written, else from the served student."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mraru.embedding.cached import CachedEmbedder
from mraru.errors import NothingToPredictWith, StudentFileInvalid
from mraru.interfaces import Student
from mraru.loop.label_book import read_label_book
from mraru.loop.notes import ReviewNotes
from mraru.loop.training import EVERY_SKOPS_FILE, StudentFiles, student_path
from mraru.loop.versions import UNTRAINED
from mraru.records import LabelSchema, Prediction, TaskText
from mraru.review.agreement import review_scores, student_labels
from mraru.store.projects import Project
from mraru.store.store import Store
from mraru.students.persistence import load_student


class Predictor:
    """Predictions for any task of any project; never waits for training or for the teacher."""

    def __init__(
        self,
        *,
        store: Store,
        embedder: CachedEmbedder,
        folder: Path,
        timeout_s: float,
        files: StudentFiles = EVERY_SKOPS_FILE,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._folder = folder
        self._timeout_s = timeout_s
        self._files = files
        self._students: dict[int, tuple[str, Student]] = {}  # by project: the version served and its student
        self._lock = threading.Lock()

    def served_version(self, project_id: int) -> str:
        """The version that predictions carry now; a placeholder before the first round."""
        project = self._store.projects.get(project_id)
        return (project.served_version if project else None) or UNTRAINED

    def predict(
        self, project_id: int, schema: LabelSchema, tasks: Sequence[TaskText]
    ) -> tuple[str, list[Prediction | None]]:
        """The served version, and one prediction per task, in order; None for a task without text.

        Raises:
            NothingToPredictWith: there is no student yet, or embedding the texts takes longer than Label Studio
                waits: what was embedded is kept, so that the next request has less to do.
        """
        project = self._store.projects.get(project_id)
        if project is None or project.served_version is None:
            raise NothingToPredictWith()
        version = project.served_version
        stored = self._store.predictions.load(project_id, version, [task.task_id for task in tasks])
        known = {task: prediction for task, prediction in stored.items() if prediction.label in schema.labels}
        unknown = [task for task in tasks if task.task_id not in known and task.text.strip()]
        if unknown:
            fresh = self._predict_afresh(project, version, schema, unknown)
            self._store.predictions.add(project_id, fresh)  # Label Studio stores the answer: not to be pushed again
            known |= {prediction.task_id: prediction for prediction in fresh}
        notes = ReviewNotes(self._store, project_id, schema)
        found = [(known.get(task.task_id), task.text_hash) for task in tasks]
        return version, [prediction and notes.write(prediction, text_hash) for prediction, text_hash in found]

    def _predict_afresh(
        self, project: Project, version: str, schema: LabelSchema, tasks: Sequence[TaskText]
    ) -> list[Prediction]:
        student = self._student(project, version)
        deadline = time.monotonic() + self._timeout_s
        vectors = self._embedder.embed_until([task.text for task in tasks], deadline)
        if vectors is None:
            raise NothingToPredictWith("The texts are still being embedded: ask again in a minute.")
        is_valid = np.isin(student.classes_, schema.labels)  # the config may have lost a label meanwhile
        if not is_valid.any():
            raise NothingToPredictWith("The project's labels are all new: predictions come after the next round.")
        classes, probabilities = student.classes_[is_valid], student.predict_proba(vectors)[:, is_valid]
        book = read_label_book(self._store, project.project_id, schema)
        hashes = [task.text_hash for task in tasks]
        scores = review_scores(
            probabilities,
            classes,
            [book.teacher.get(text_hash) for text_hash in hashes],
            [text_hash in book.teacher for text_hash in hashes],
            [book.agreeing_share.get(text_hash, 1.0) for text_hash in hashes],
        )
        labels = student_labels(probabilities, classes)
        return [
            Prediction(task_id=task.task_id, label=str(label), score=float(score), model_version=version)
            for task, label, score in zip(tasks, labels, scores, strict=True)
        ]

    def _student(self, project: Project, version: str) -> Student:
        assert project.served_round is not None  # set together with the version
        with self._lock:
            held = self._students.get(project.project_id)
            if held is not None and held[0] == version:
                return held[1]
            try:
                student = load_student(
                    student_path(self._folder, project.project_id, project.served_round, self._files.suffix)
                )
            except StudentFileInvalid as exc:
                raise NothingToPredictWith(f"The student of {version} must be trained anew: {exc}") from exc
            self._students[project.project_id] = (version, student)
            return student
