"""Marks the student's predictions, so that tabs of Label Studio's Data Manager find them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from mraru.labelstudio.views import AUDIT_MARK, disagreement_mark, tie_mark
from mraru.records import LabelSchema, Prediction
from mraru.store.store import Store


def mark_predictions(
    store: Store,
    project_id: int,
    schema: LabelSchema,
    predictions: Sequence[Prediction],
    hash_of: Mapping[int, str],
    student_labels: Mapping[str, str],
    ties: Collection[str] = frozenset(),
) -> list[Prediction]:
    """The predictions, marked as the tabs need it.

    They are where the LLM named another label than the student, or none, where people are evenly split, and where a
    task is of the audit.

    Args:
        predictions: of one model version.
        hash_of: text hashes by task id.
        student_labels: the student's own labels by text hash.
        ties: hashes of the texts on which people are evenly split.
    """
    said = {row.text_hash: row.label for row in store.teacher_labels.list_all(project_id)}
    said = {text_hash: label for text_hash, label in said.items() if label is None or label in schema.labels}
    audited = set(store.audit_samples.list_task_ids(project_id))
    return [
        replace(prediction, marks=_marks(prediction, said, hash_of[prediction.task_id], student_labels, audited, ties))
        for prediction in predictions
    ]


def _marks(
    prediction: Prediction,
    said: Mapping[str, str | None],
    text_hash: str,
    student_labels: Mapping[str, str],
    audited: Collection[int],
    ties: Collection[str],
) -> tuple[str, ...]:
    marks = []
    if text_hash in said and said[text_hash] != student_labels[text_hash]:
        marks.append(disagreement_mark(prediction.model_version))
    if text_hash in ties:
        marks.append(tie_mark(prediction.model_version))
    if prediction.task_id in audited:
        marks.append(AUDIT_MARK)
    return tuple(marks)
