"""What people are still to do, how sure the labels of it are, and how fast people were lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Integer, and_, cast, exists, func, select

from mraru.store.database import Database
from mraru.store.open_tasks import count_missing, is_open
from mraru.store.review_tables import opinions
from mraru.store.tables import task_annotations, tasks, teacher_labels

N_STEPS = 100  # of sureness from 0 to 1, in which open tasks are counted
CLOCKS_APART_S = 300.0  # by which Label Studio's clock may be ahead of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCounts:
    """Tasks that wait for people, by Label Studio's overlap."""

    n_tasks: int
    n_labels: int  # that people are still to give them: more than tasks where several people label each
    n_unlabelled: int  # of the tasks, those without any label yet


@dataclass(frozen=True, slots=True, kw_only=True)
class SurenessStep:
    """Open tasks whose labels are about equally sure."""

    sureness: float  # mean probability that the label is right
    n_tasks: int


class OpenWorkRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, project_id: int) -> OpenCounts:
        """Open tasks, and what they lack."""
        of_project = tasks.c.project_id == project_id
        missing = select(count_missing().label("n")).where(of_project, is_open()).subquery()
        unlabelled = select(func.count()).select_from(tasks).where(of_project, is_open(), ~_has_label())
        with self._database.read() as connection:
            row = connection.execute(
                select(func.count(), func.coalesce(func.sum(missing.c.n), 0)).select_from(missing)
            ).one()
            return OpenCounts(n_tasks=row[0], n_labels=row[1], n_unlabelled=connection.scalar(unlabelled) or 0)

    def list_sureness(self, project_id: int) -> list[SurenessStep]:
        """Open tasks that have a label, the least sure first."""
        step = cast(opinions.c.score * N_STEPS, Integer)
        statement = (
            select(func.avg(opinions.c.score).label("sureness"), func.count().label("n_tasks"))
            .select_from(tasks)
            .join(
                opinions,
                and_(opinions.c.project_id == tasks.c.project_id, opinions.c.text_hash == tasks.c.text_hash),
            )
            .where(tasks.c.project_id == project_id, is_open())
            .group_by(step)
            .order_by(step)
        )
        with self._database.read() as connection:
            return [SurenessStep(sureness=row.sureness, n_tasks=row.n_tasks) for row in connection.execute(statement)]

    def count_labels_since(self, project_id: int, since: float, now: float) -> int:
        """Labels that people gave at Label Studio's screen from then on, as Label Studio says when.

        What was imported, or made of predictions, took nobody any time: Label Studio knows none of it.

        Args:
            since, now: seconds since 1970.
        """
        low, high = (_iso(moment) for moment in (since, now + CLOCKS_APART_S))
        statement = select(func.count()).where(
            task_annotations.c.project_id == project_id,
            task_annotations.c.is_human,
            ~task_annotations.c.was_cancelled,
            task_annotations.c.label.is_not(None),
            task_annotations.c.lead_time_s.is_not(None),
            task_annotations.c.updated_at >= low,
            task_annotations.c.updated_at < high,
        )
        with self._database.read() as connection:
            return connection.scalar(statement) or 0


def _has_label() -> ColumnElement[bool]:
    """Of a row of `tasks`: whether student or LLM have named a label for its text."""
    of_student = exists().where(opinions.c.project_id == tasks.c.project_id, opinions.c.text_hash == tasks.c.text_hash)
    of_teacher = exists().where(
        teacher_labels.c.project_id == tasks.c.project_id,
        teacher_labels.c.text_hash == tasks.c.text_hash,
        teacher_labels.c.label.is_not(None),
    )
    return of_student | of_teacher


def _iso(moment: float) -> str:
    """As Label Studio writes a time, UTC, to the second: what comes after sorts behind.

    >>> _iso(0.5)
    '1970-01-01T00:00:00'
    """
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")
