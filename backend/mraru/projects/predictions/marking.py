"""Marks the predictions of the final label, so that tabs of Label Studio's Data Manager find and show them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from mraru.labelstudio.formats.marks import DISAGREEMENT_MARK, TIE_MARK, blind_mark, opinion_mark
from mraru.records import Prediction
from mraru.schema_records import LabelSchema
from mraru.store.store import Store
from mraru.store.teachers.teacher_labels import TeacherLabel


def mark_predictions(
    store: Store,
    project_id: int,
    schema: LabelSchema,
    predictions: Sequence[Prediction],
    hash_of: Mapping[int, str],
    student_said: Mapping[str, str],
    ties: Collection[str] = frozenset(),
) -> list[Prediction]:
    """The predictions, marked as the tabs need it.

    First who says what, then where the LLM named another label or none, where people are evenly split, and last, so
    that nobody can tell, where a task is of the audit.

    Args:
        predictions: of the final label.
        hash_of: text hashes by task id.
        student_said: the student's own label by text hash.
        ties: hashes of the texts on which people are evenly split.
    """
    said = {row.text_hash: row for row in store.teacher_labels.list_all(project_id)}
    said = {name: row for name, row in said.items() if row.label is None or schema.is_answer(row.label)}
    audited = set(store.audit_samples.list_task_ids(project_id))
    return [
        replace(
            prediction,
            marks=(
                opinion_mark("label", prediction.label),
                *_marks(prediction, hash_of[prediction.task_id], said, student_said, ties),
                blind_mark(project_id, prediction.task_id, is_audited=prediction.task_id in audited),
            ),
        )
        for prediction in predictions
    ]


def teacher_mark(row: TeacherLabel) -> str:
    """What a column shows of a teacher's opinion."""
    return opinion_mark(row.word, row.label)


def _marks(
    prediction: Prediction,
    text_hash: str,
    said: Mapping[str, TeacherLabel],
    student_said: Mapping[str, str],
    ties: Collection[str],
) -> list[str]:
    marks = []
    if text_hash in said:
        marks.append(teacher_mark(said[text_hash]))
    if text_hash in student_said:
        marks.append(opinion_mark("student", student_said[text_hash]))
    if text_hash in said and said[text_hash].label != student_said.get(text_hash, prediction.label):
        marks.append(DISAGREEMENT_MARK)
    if text_hash in ties:
        marks.append(TIE_MARK)
    return marks
