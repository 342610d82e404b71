"""Answers Label Studio's requests for predictions: from what was written, else from the served student."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mraru.embedding.cached import CachedEmbedder
from mraru.errors import NothingToPredictWith, StudentFileInvalid
from mraru.interfaces import Labels, Probabilities, Student
from mraru.loop.label_book import read_label_book
from mraru.loop.notes import ReviewNotes
from mraru.loop.posteriors import Sources, fit_sources, judge_texts
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
            fresh = {
                task.task_id: _as_prediction(task.task_id, opinions[task.text_hash], version, number)
                for task in unknown
            }
            texts = self._store.tasks.load_text_hashes(project_id, list(fresh))
            # Label Studio keeps the answer by itself; but who asks about another text than a task has may be another
            kept = [task.task_id for task in unknown if texts.get(task.task_id, task.text_hash) == task.text_hash]
            self._store.predictions.note_answers(project_id, [fresh[task_id] for task_id in kept])
            known |= fresh
        notes = ReviewNotes(self._store, project_id, schema)
        said = self._store.opinions.load(project_id, [task.text_hash for task in tasks])
        return version, [
            (prediction := known.get(task.task_id)) and _annotate(notes, prediction, task, said.get(task.text_hash))
            for task in tasks
        ]

    def _opinions(
        self, project: Project, version: str, schema: LabelSchema, tasks: Sequence[TaskText]
    ) -> dict[str, Opinion]:
        """By text hash: what was last said of each text, else what the student says now."""
        kept = self._store.opinions.load(project.project_id, [task.text_hash for task in tasks])
        usable = {name: opinion for name, opinion in kept.items() if opinion.final_label in schema.labels}
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
        renames = self._store.label_renames.load(project.project_id)  # which the student is still to learn
        probabilities, classes = _rename_classes(student.predict_proba(vectors), student.classes_, renames)
        is_valid = np.isin(classes, schema.labels)  # the config may have lost a label meanwhile
        if not is_valid.any():
            raise NothingToPredictWith("The project's labels are all new: predictions come after the next round.")
        book = read_label_book(self._store, project.project_id, schema)
        kept = self._store.reliabilities.load(project.project_id)
        sources = Sources.from_json(kept) if kept else None
        if sources is None or not set(classes.tolist()).issubset(sources.columns):
            sources = fit_sources(book, schema, {}, classes, ())
        names = list(texts)
        final = judge_texts(
            sources,
            book,
            schema,
            names,
            probabilities,
            classes,
            # the student may have learned these labels, so it is not heard on them before the next round
            is_heard=np.array([name not in book.known for name in names]),
            # nor is what people said of it, while others are still to label it
            blind={text_hash for _, text_hash in self._store.tasks.list_begun(project.project_id)},
        )
        labels = student_labels(probabilities, classes)
        return [
            Opinion(
                text_hash=name,
                label=str(label),
                confidence=float(confidence),
                final_label=found.label,
                score=found.score,
                blind_label=found.blind_label,
            )
            for name, label, confidence, found in zip(names, labels, probabilities.max(axis=1), final, strict=True)
        ]

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


def _rename_classes(
    probabilities: Probabilities, classes: Labels, renames: Mapping[str, str]
) -> tuple[Probabilities, Labels]:
    """A student's columns under the labels' present names, sorted; added up where two became one.

    >>> _rename_classes(np.array([[0.5, 0.2, 0.3]]), np.array(["a", "b", "c"]), {"a": "c"})
    (array([[0.2, 0.8]]), array(['b', 'c'], dtype='<U1'))
    """
    present, column_of = np.unique([renames.get(label, label) for label in classes.tolist()], return_inverse=True)
    renamed = np.zeros((len(probabilities), len(present)))
    for column, place in enumerate(column_of.tolist()):
        renamed[:, place] += probabilities[:, column]
    return renamed, present


def _as_prediction(task_id: int, opinion: Opinion, version: str, round_number: int) -> Prediction:
    return Prediction(
        task_id=task_id,
        label=opinion.final_label,
        score=opinion.score,
        model_version=version,
        round_number=round_number,
    )


def _annotate(notes: ReviewNotes, prediction: Prediction, task: TaskText, opinion: Opinion | None) -> Prediction:
    """The prediction with its note, which tells what the student itself says."""
    if opinion is None:
        return notes.write(prediction, task.text_hash)
    return notes.write(prediction, task.text_hash, student_label=opinion.label, student_confidence=opinion.confidence)
