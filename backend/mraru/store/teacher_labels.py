"""What the teacher said of each text of a project."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.dialects.sqlite import insert

from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.store.database import Database
from mraru.store.tables import predictions, tasks, teacher_labels


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherLabel:
    text_hash: str
    label: str | None  # None: asked, and named none
    round_number: int
    is_zero_shot: bool
    no_label_reason: str | None = None
    probabilities: dict[str, float] | None = None  # by label; None: not known
    explanation: str | None = None  # the teacher's own reason

    @property
    def confidence(self) -> float | None:
        """The teacher's probability of the label that it named; None where not known."""
        return (self.probabilities or {}).get(self.label) if self.label is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A task that teacher and student label differently, or that the teacher gave no label."""

    task_id: int
    teacher_label: str | None
    no_label_reason: str | None
    explanation: str | None  # the teacher's own reason for its label
    teacher_probabilities: dict[str, float] | None
    student_label: str  # as served
    score: float  # of the served prediction, in [0, 1]


class TeacherLabelRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        project_id: int,
        *,
        text_hash: str,
        answer: TeacherAnswer,
        identity: TeacherIdentity,
        round_number: int,
        at: float,
    ) -> None:
        """Keep the answer, instead of an earlier one whose label the project no longer has."""
        values = {
            "label": answer.label,
            "no_label_reason": answer.no_label_reason,
            "model": identity.model,
            "prompt_version": identity.prompt_version,
            "is_zero_shot": identity.is_zero_shot,
            "probabilities": json.dumps(dict(answer.probabilities)) if answer.probabilities is not None else None,
            "explanation": answer.explanation,
            "round_number": round_number,
            "created_at": at,
        }
        statement = insert(teacher_labels).values(project_id=project_id, text_hash=text_hash, **values)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["project_id", "text_hash"], set_=values))

    def list_all(self, project_id: int) -> list[TeacherLabel]:
        with self._database.read() as connection:
            rows = connection.execute(
                select(
                    teacher_labels.c.text_hash,
                    teacher_labels.c.label,
                    teacher_labels.c.round_number,
                    teacher_labels.c.is_zero_shot,
                    teacher_labels.c.no_label_reason,
                    teacher_labels.c.probabilities,
                    teacher_labels.c.explanation,
                )
                .where(teacher_labels.c.project_id == project_id)
                .order_by(teacher_labels.c.text_hash)
            ).all()
        return [
            TeacherLabel(**{**row._mapping, "probabilities": _read_probabilities(row.probabilities)}) for row in rows
        ]

    def list_disagreements(self, project_id: int, model_version: str) -> list[Disagreement]:
        """Tasks whose prediction of this version is not the teacher's label, lowest score first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(
                    tasks.c.task_id,
                    teacher_labels.c.label.label("teacher_label"),
                    teacher_labels.c.no_label_reason,
                    teacher_labels.c.explanation,
                    teacher_labels.c.probabilities.label("teacher_probabilities"),
                    predictions.c.label.label("student_label"),
                    predictions.c.score,
                )
                .join(
                    tasks,
                    (tasks.c.project_id == teacher_labels.c.project_id)
                    & (tasks.c.text_hash == teacher_labels.c.text_hash),
                )
                .join(
                    predictions,
                    (predictions.c.project_id == tasks.c.project_id) & (predictions.c.task_id == tasks.c.task_id),
                )
                .where(
                    teacher_labels.c.project_id == project_id,
                    predictions.c.model_version == model_version,
                    or_(teacher_labels.c.label.is_(None), teacher_labels.c.label != predictions.c.label),
                )
                .order_by(predictions.c.score, tasks.c.task_id)
            ).all()
        return [
            Disagreement(**{**row._mapping, "teacher_probabilities": _read_probabilities(row.teacher_probabilities)})
            for row in rows
        ]


def _read_probabilities(stored: str | None) -> dict[str, float] | None:
    if stored is None:
        return None
    return {str(label): float(share) for label, share in json.loads(stored).items()}
