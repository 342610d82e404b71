"""The student's opinion of tasks and how much it agrees with the teacher: what annotators are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mraru.embedding.cached import CachedEmbedder
from mraru.interfaces import Probabilities, Student
from mraru.loop.label_book import LabelBook
from mraru.loop.notes import ReviewNotes
from mraru.loop.pool import embed_hashes
from mraru.loop.student_check import StudentCheck, check_student
from mraru.records import Prediction
from mraru.review.agreement import agreement_rate, review_scores, student_labels
from mraru.store.projects import ProgressPhase
from mraru.store.store import Store
from mraru.students.calibrated import calibrate_as, judge_raw_out_of_fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What the student says of one text."""

    label: str
    confidence: float  # the student's probability of it
    score: float  # review priority in [0, 1]; 0 = look first


class Scoring:
    """Opinions of one student.

    A text that the student was trained on is judged by out-of-fold students, so that the label it was taught
    cannot agree with itself.
    """

    def __init__(
        self,
        *,
        store: Store,
        project_id: int,
        embedder: CachedEmbedder,
        make_student: Callable[[], Student],
        student: Student,
        book: LabelBook,
        seed: int,
        soft_labels: bool = False,
    ) -> None:
        self._store = store
        self._project_id = project_id
        self._embedder = embedder
        self._student = student
        self._book = book
        self._soft_labels = soft_labels
        self._raw = self._judge_labelled(make_student, seed)
        raw = np.array(list(self._raw.values()), dtype=np.float64).reshape(-1, len(student.classes_))
        self._out_of_fold = dict(zip(self._raw, calibrate_as(student, raw), strict=True)) if self._raw else {}

    @property
    def agreement(self) -> float | None:
        """Share of the teacher's labels that the out-of-fold students agree with; None without labels."""
        judged = [name for name, label in self._book.teacher.items() if label and name in self._out_of_fold]
        if not judged:
            return None
        probabilities = np.stack([self._out_of_fold[name] for name in judged])
        taught = [self._book.teacher[name] for name in judged]
        return agreement_rate(taught, student_labels(probabilities, self._student.classes_).tolist())

    def check(self, acceptance: Mapping[str, float]) -> StudentCheck:
        """Figures of the out-of-fold students, given with what probability texts were accepted, by text hash."""
        return check_student(self._out_of_fold, self._raw, self._student.classes_, self._book, acceptance)

    def judge(self, text_hashes: Sequence[str]) -> dict[str, Opinion]:
        """Opinions by text hash; texts not embedded yet are embedded."""
        names = list(dict.fromkeys(text_hashes))
        if not names:
            return {}
        unseen = [name for name in names if name not in self._out_of_fold]
        probabilities = {name: self._out_of_fold[name] for name in names if name in self._out_of_fold}
        if unseen:
            vectors = embed_hashes(self._store, self._project_id, self._embedder, unseen, self._show_embedding)
            probabilities.update(zip(unseen, self._student.predict_proba(vectors), strict=True))
        rows = np.stack([probabilities[name] for name in names])
        scores = review_scores(
            rows,
            self._student.classes_,
            [self._book.teacher.get(name) for name in names],
            [name in self._book.teacher for name in names],
            [self._book.agreeing_share.get(name, 1.0) for name in names],
        )
        labels = student_labels(rows, self._student.classes_)
        return {
            name: Opinion(label=str(label), confidence=float(confidence), score=float(score))
            for name, label, confidence, score in zip(names, labels, rows.max(axis=1), scores, strict=True)
        }

    def predict(self, tasks: Sequence[tuple[int, str]], model_version: str, notes: ReviewNotes) -> list[Prediction]:
        """Predictions for tasks given as (task id, text hash), in their order."""
        opinions = self.judge([text_hash for _, text_hash in tasks])
        return [
            notes.write(
                Prediction(
                    task_id=task_id,
                    label=opinions[text_hash].label,
                    score=opinions[text_hash].score,
                    model_version=model_version,
                ),
                text_hash,
                student_confidence=opinions[text_hash].confidence,
            )
            for task_id, text_hash in tasks
        ]

    def _show_embedding(self, n_done: int, n_total: int) -> None:
        self._store.projects.set_progress(self._project_id, ProgressPhase.EMBEDDING, n_done, n_total)

    def _judge_labelled(self, make_student: Callable[[], Student], seed: int) -> dict[str, Probabilities]:
        """Of students that have not learned them, before calibration."""
        # a correction that arrived after the training may bring a class that the student does not know
        known = set(self._student.classes_.tolist())
        labels = {name: label for name, label in self._book.labels.items() if label in known}
        names = list(labels)
        if len(set(labels.values())) < len(known):
            return {}
        probabilities = judge_raw_out_of_fold(
            self._student,
            make_student,
            embed_hashes(self._store, self._project_id, self._embedder, names),
            np.array(list(labels.values()), dtype=np.str_),
            self._book.weights(names) if self._soft_labels else None,
            seed=seed,
        )
        return dict(zip(names, probabilities, strict=True))
