"""Answers Label Studio's requests for predictions: from what was written, else from the served student."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mraru.embedding.cached import CachedEmbedder
from mraru.errors import NothingToPredictWith, StudentFileInvalid
from mraru.interfaces import Labels, Probabilities, Student
from mraru.loop.label_book import LabelBook, read_label_book
from mraru.loop.notes import ReviewNotes
from mraru.loop.review_order import judge_teacher, score_texts
from mraru.loop.training import EVERY_SKOPS_FILE, StudentFiles, student_path
from mraru.loop.versions import UNTRAINED
from mraru.records import LabelSchema, Prediction, TaskText
from mraru.review.agreement import student_labels
from mraru.store.opinions import Opinion
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
        self._students: dict[int, tuple[int, Student]] = {}  # by project: the round served and its student
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
            opinions = self._opinions(project, version, schema, unknown)
            number = project.served_round or 0
            fresh = [_as_prediction(task.task_id, opinions[task.text_hash], version, number) for task in unknown]
            self._store.predictions.note_answers(project_id, fresh)  # Label Studio keeps the answer by itself
            known |= {prediction.task_id: prediction for prediction in fresh}
        notes = ReviewNotes(self._store, project_id, schema)
        found = [(known.get(task.task_id), task.text_hash) for task in tasks]
        return version, [prediction and notes.write(prediction, text_hash) for prediction, text_hash in found]

    def _opinions(
        self, project: Project, version: str, schema: LabelSchema, tasks: Sequence[TaskText]
    ) -> dict[str, Opinion]:
        """By text hash: of texts that the student has learned, those of students that have not; else its own."""
        kept = self._store.opinions.load(project.project_id, [task.text_hash for task in tasks])
        usable = {
            name: opinion for name, opinion in kept.items() if opinion.is_out_of_fold and opinion.label in schema.labels
        }
        texts = {task.text_hash: task.text for task in tasks if task.text_hash not in usable}
        if not texts:
            return usable
        fresh = self._judge_afresh(project, version, schema, texts)
        assert project.served_round is not None  # set together with the version
        self._store.opinions.save(project.project_id, fresh, project.served_round)
        return usable | {opinion.text_hash: opinion for opinion in fresh}

    def _judge_afresh(
        self, project: Project, version: str, schema: LabelSchema, texts: Mapping[str, str]
    ) -> list[Opinion]:
        student = self._student(project, version)
        deadline = time.monotonic() + self._timeout_s
        vectors = self._embedder.embed_until(list(texts.values()), deadline)
        if vectors is None:
            raise NothingToPredictWith("The texts are still being embedded: ask again in a minute.")
        is_valid = np.isin(student.classes_, schema.labels)  # the config may have lost a label meanwhile
        if not is_valid.any():
            raise NothingToPredictWith("The project's labels are all new: predictions come after the next round.")
        classes, probabilities = student.classes_[is_valid], student.predict_proba(vectors)[:, is_valid]
        book = read_label_book(self._store, project.project_id, schema)
        scores = self._score(project.project_id, book, list(texts), probabilities, classes)
        labels = student_labels(probabilities, classes)
        return [
            Opinion(text_hash=name, label=str(label), confidence=float(confidence), score=float(score))
            for name, label, confidence, score in zip(texts, labels, probabilities.max(axis=1), scores, strict=True)
        ]

    def _score(
        self, project_id: int, book: LabelBook, names: Sequence[str], probabilities: Probabilities, classes: Labels
    ) -> NDArray[np.float64]:
        is_labelled = np.array([name in book.known for name in names])
        said: dict[str, tuple[str, float]] = {}
        if is_labelled.any():
            kept = self._store.opinions.load(project_id, list(book.teacher))
            said = {name: (found.label, found.confidence) for name, found in kept.items() if found.is_out_of_fold}
        # the student may have learned these labels, so it is not heard on them before the next round
        unbiased = np.where(is_labelled[:, None], 1.0 / len(classes), probabilities)
        # nor is what people said of it, while others are still to label it
        blind = book.without_people({text_hash for _, text_hash in self._store.tasks.list_begun(project_id)})
        return score_texts(blind, names, unbiased, classes, judge_teacher(book, said), Counter(book.labels.values()))

    def _student(self, project: Project, version: str) -> Student:
        assert project.served_round is not None  # set together with the version
        with self._lock:
            held = self._students.get(project.project_id)
            if held is not None and held[0] == project.served_round:
                return held[1]
            try:
                student = load_student(
                    student_path(self._folder, project.project_id, project.served_round, self._files.suffix)
                )
            except StudentFileInvalid as exc:
                raise NothingToPredictWith(f"The student of {version} must be trained anew: {exc}") from exc
            self._students[project.project_id] = (project.served_round, student)
            return student


def _as_prediction(task_id: int, opinion: Opinion, version: str, round_number: int) -> Prediction:
    return Prediction(
        task_id=task_id, label=opinion.label, score=opinion.score, model_version=version, round_number=round_number
    )
