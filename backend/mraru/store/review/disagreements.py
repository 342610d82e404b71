"""Tasks on which teacher and student, or the teachers of an ensemble, name different labels; read page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from mraru.records import TeacherMode, Vote
from mraru.store.database import Database
from mraru.store.labels.label_renames import current_label, read_renames
from mraru.store.tables.project_tables import tasks, teacher_labels
from mraru.store.tables.review_tables import opinions
from mraru.store.teachers.teacher_labels import read_probabilities, read_votes

BEFORE_ALL = (-1.0, 0)  # a score and a task below any


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A task that teacher and student label differently, or that the teacher gave no label."""

    task_id: int
    teacher_label: str | None
    no_label_reason: str | None
    explanation: str | None  # the teacher's own reason for its label
    teacher_probabilities: dict[str, float] | None
    votes: tuple[Vote, ...]  # of several teachers
    student_label: str  # the student's own
    final_label: str  # the likeliest from all that is known
    score: float  # how likely the final label is right, in [0, 1]


class DisagreementRepository:
    """Tasks on which the student, one that has not learned the text, names another label than the teacher.

    And those on which the teachers of an ensemble differ, whatever the student says.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_after(self, project_id: int, limit: int, after: tuple[float, int] = BEFORE_ALL) -> list[Disagreement]:
        """So many of them, lowest score first, then by task.

        Args:
            after: score and task of the last one that was read.
        """
        score, task_id = after
        with self._database.read() as connection:
            renames = read_renames(connection, project_id)
            statement = _select_differing(project_id, renames, *_shown_columns(renames))
            statement = statement.where(
                opinions.c.score >= score,  # also before the first: it has SQLite go by the index of scores
                or_(opinions.c.score > score, tasks.c.task_id > task_id),
            )
            rows = connection.execute(statement.order_by(opinions.c.score, tasks.c.task_id).limit(limit)).all()
        return [
            Disagreement(
                **{
                    **row._mapping,
                    "teacher_probabilities": read_probabilities(row.teacher_probabilities, renames),
                    "votes": read_votes(row.votes, renames),
                }
            )
            for row in rows
        ]

    def count(self, project_id: int) -> int:
        with self._database.read() as connection:
            renames = read_renames(connection, project_id)
            return connection.scalar(_select_differing(project_id, renames, func.count())) or 0


def _shown_columns(renames: Mapping[str, str]) -> tuple[ColumnElement[Any], ...]:
    return (
        tasks.c.task_id,
        current_label(teacher_labels.c.label, renames).label("teacher_label"),
        teacher_labels.c.no_label_reason,
        teacher_labels.c.explanation,
        teacher_labels.c.probabilities.label("teacher_probabilities"),
        teacher_labels.c.votes,
        current_label(opinions.c.label, renames).label("student_label"),
        current_label(opinions.c.final_label, renames).label("final_label"),
        opinions.c.score,
    )


def _select_differing(
    project_id: int, renames: Mapping[str, str], *columns: ColumnElement[Any]
) -> Select[tuple[Any, ...]]:
    taught = current_label(teacher_labels.c.label, renames)
    own = current_label(opinions.c.label, renames)
    return (
        select(*columns)
        .select_from(teacher_labels)
        .join(
            tasks,
            (tasks.c.project_id == teacher_labels.c.project_id) & (tasks.c.text_hash == teacher_labels.c.text_hash),
        )
        .join(opinions, (opinions.c.project_id == tasks.c.project_id) & (opinions.c.text_hash == tasks.c.text_hash))
        .where(
            teacher_labels.c.project_id == project_id,
            or_(taught.is_distinct_from(own), _is_split(renames)),
        )
    )


def _is_split(renames: Mapping[str, str]) -> ColumnElement[bool]:
    """Whether a vote of an ensemble differs from the first; votes are stored as a list of teacher and label."""
    votes = func.json_each(teacher_labels.c.votes).table_valued("value", name="vote")
    first = current_label(func.json_extract(teacher_labels.c.votes, "$[0][1]"), renames)
    named = current_label(func.json_extract(votes.c.value, "$[1]"), renames)
    differs = select(1).select_from(votes).where(named.is_distinct_from(first)).correlate(teacher_labels).exists()
    return and_(teacher_labels.c.votes.is_not(None), teacher_labels.c.model == TeacherMode.ENSEMBLE, differs)
