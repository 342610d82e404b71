"""What the teacher said of each text of a project."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.store.database import Database
from mraru.store.tables import teacher_labels


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherLabel:
    text_hash: str
    label: str | None  # None: asked, and named none
    round_number: int
    is_zero_shot: bool


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
                )
                .where(teacher_labels.c.project_id == project_id)
                .order_by(teacher_labels.c.text_hash)
            ).all()
        return [TeacherLabel(**row._mapping) for row in rows]
