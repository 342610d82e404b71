"""What the student says of tasks, and the label that comes of all that is known: what annotators are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np

from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.interfaces import Probabilities, Student
from mraru.projects.final_labels.prediction_notes import ReviewNotes
from mraru.projects.final_labels.question_posteriors import AnySources, fit_any_sources, judge_any_texts
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.projects.learning.student_check import StudentCheck, check_student
from mraru.projects.learning.unlabelled_pool import embed_hashes
from mraru.quality.agreement.student_agreement import agreement_rate, student_labels
from mraru.quality.audit.audit_sample import AuditFrame
from mraru.records import Prediction
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import ProgressPhase
from mraru.store.review.opinions import Opinion
from mraru.store.store import Store
from mraru.students.calibration.calibrated import calibrate_as, judge_raw_out_of_fold, learned_classes


class Scoring:
    """Opinions of one student, and the labels that they lead to.

    A text that the student was trained on is judged by out-of-fold students, so that the label it was taught
    cannot agree with itself. What people said of a text that others are still to label has no part in what is shown of
    it either.
    """

    def __init__(
        self,
        *,
        store: Store,
        project_id: int,
        embedder: CachedEmbedder,
        make_student: Callable[[], Student],
        student: Student,
        labelled: LabelledSet,
        schema: LabelSchema,
        seed: int,
        soft_labels: bool = False,
    ) -> None:
        self._store = store
        self._project_id = project_id
        self._embedder = embedder
        self._student = student
        self._labelled = labelled
        self._schema = schema
        self._begun = {text_hash for _, text_hash in store.tasks.list_begun(project_id)}
        self._soft_labels = soft_labels
        self._learned = labelled.labels
        self._raw = self._judge_labelled(make_student, seed)
        raw = np.array(list(self._raw.values()), dtype=np.float64).reshape(-1, len(student.classes_))
        self._out_of_fold = dict(zip(self._raw, calibrate_as(student, raw), strict=True)) if self._raw else {}
        self._judged: dict[str, Opinion] = {}

    @property
    def agreement(self) -> float | None:
        """Share of the teacher's labels that the out-of-fold students agree with; None without labels."""
        judged = [name for name, label in self._labelled.teacher.items() if label and name in self._out_of_fold]
        if not judged:
            return None
        probabilities = np.stack([self._out_of_fold[name] for name in judged])
        taught = [self._labelled.teacher[name] for name in judged]
        return agreement_rate(taught, student_labels(probabilities, self._student.classes_).tolist())

    @cached_property
    def sources(self) -> AnySources:
        """How far student and teacher are to be believed."""
        samples = self._store.audit_samples
        audited = {name for frame in AuditFrame for name in samples.list_drawn(self._project_id, frame)}
        return fit_any_sources(self._labelled, self._schema, self._out_of_fold, self._student.classes_, audited)

    def check(self, acceptance: Mapping[str, float]) -> StudentCheck:
        """Figures of the out-of-fold students, given with what probability texts were accepted, by text hash."""
        return check_student(self._out_of_fold, self._raw, self._student.classes_, self._labelled, acceptance)

    def judge(self, text_hashes: Sequence[str]) -> dict[str, Opinion]:
        """Opinions by text hash; texts not embedded yet are embedded, and each is judged once."""
        wanted = list(dict.fromkeys(text_hashes))
        self._judge_afresh([name for name in wanted if name not in self._judged])
        return {name: self._judged[name] for name in wanted}

    def keep(self, published: Mapping[str, Opinion]) -> None:
        """Let what was said of texts stand where what would be said now is hardly other.

        Args:
            published: what Label Studio and people were last told, by text hash.
        """
        for name, opinion in published.items():
            if name in self._judged and is_hardly_other(opinion, self._judged[name]):
                self._judged[name] = opinion

    def predict(
        self,
        tasks: Sequence[tuple[int, str]],
        model_version: str,
        notes: ReviewNotes,
        queue_scores: Mapping[int, float] | None = None,
    ) -> list[Prediction]:
        """Predictions for tasks given as (task id, text hash), in their order.

        Args:
            queue_scores: in the place of scores, by task id: of tasks whose turn is another.
        """
        queued = queue_scores or {}
        opinions = self.judge([text_hash for _, text_hash in tasks])
        return [
            notes.write(
                Prediction(
                    task_id=task_id,
                    label=opinions[text_hash].final_label,
                    score=queued.get(task_id, opinions[text_hash].score),
                    model_version=model_version,
                ),
                text_hash,
                student_label=opinions[text_hash].label,
                student_confidence=opinions[text_hash].confidence,
                least_certain=opinions[text_hash].least_certain,
            )
            for task_id, text_hash in tasks
        ]

    def _judge_afresh(self, names: Sequence[str]) -> None:
        if not names:
            return
        unseen = [name for name in names if name not in self._out_of_fold]
        probabilities = {name: self._out_of_fold[name] for name in names if name in self._out_of_fold}
        if unseen:
            vectors = embed_hashes(self._store, self._project_id, self._embedder, unseen, self._show_embedding)
            probabilities.update(zip(unseen, self._student.predict_proba(vectors), strict=True))
        rows = np.stack([probabilities[name] for name in names])
        labels = student_labels(rows, self._student.classes_)
        # whoever may have learned a label cannot confirm it
        is_heard = np.array([name in self._out_of_fold or name not in self._learned for name in names])
        final = judge_any_texts(
            self.sources,
            self._labelled,
            self._schema,
            names,
            rows,
            self._student.classes_,
            is_heard=is_heard,
            blind=self._begun,
        )
        for name, label, confidence, found in zip(names, labels, rows.max(axis=1), final, strict=True):
            self._judged[name] = Opinion(
                text_hash=name,
                label=str(label),
                confidence=float(confidence),
                final_label=found.label,
                score=found.score,
                blind_label=found.blind_label,
                is_out_of_fold=name in self._out_of_fold,
                least_certain=found.least_certain,
            )

    def _show_embedding(self, n_done: int, n_total: int) -> None:
        self._store.projects.set_progress(self._project_id, ProgressPhase.EMBEDDING, n_done, n_total)

    def _judge_labelled(self, make_student: Callable[[], Student], seed: int) -> dict[str, Probabilities]:
        """Of students that have not learned them, before calibration."""
        # a correction that arrived after the training may bring a class that the student does not know
        known = set(self._student.classes_.tolist())
        labels = {name: label for name, label in self._learned.items() if label in known or self._schema.is_part(label)}
        names = list(labels)
        if len(known.intersection(labels.values())) < len(learned_classes(self._student)):
            return {}
        probabilities = judge_raw_out_of_fold(
            self._student,
            make_student,
            embed_hashes(self._store, self._project_id, self._embedder, names),
            np.array(list(labels.values()), dtype=np.str_),
            self._labelled.weights(names) if self._soft_labels else None,
            seed=seed,
        )
        return dict(zip(names, probabilities, strict=True))


STEP = 0.05  # by which a probability that people are shown must move before they are shown another


def is_hardly_other(former: Opinion, now: Opinion) -> bool:
    """Whether two opinions of a text name the same labels with nearly the same probabilities.

    >>> former = Opinion(text_hash="a", label="x", confidence=0.5, final_label="x", score=0.7)
    >>> from dataclasses import replace
    >>> is_hardly_other(former, replace(former, score=0.74)), is_hardly_other(former, replace(former, score=0.76))
    (True, False)
    """
    return (
        (former.label, former.final_label, former.blind_label, former.is_out_of_fold, former.least_certain)
        == (now.label, now.final_label, now.blind_label, now.is_out_of_fold, now.least_certain)
        and abs(former.score - now.score) <= STEP
        and abs(former.confidence - now.confidence) <= STEP
    )
