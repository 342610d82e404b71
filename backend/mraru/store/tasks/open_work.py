"""What people are still to do, how sure the labels of it are, and how fast people were lately."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Integer, Select, and_, cast, exists, func, select

from mraru.store.database import Database
from mraru.store.tables.project_tables import task_annotations, tasks, teacher_labels
from mraru.store.tables.review_tables import opinions
from mraru.store.tasks.open_tasks import count_missing, is_open

N_STEPS = 100  # of sureness from 0 to 1, in which open tasks are counted
HOUR_S = 3600.0  # over which people's pace is measured
STEP_S = 60.0  # of the time since the first label within the hour
CLOCKS_APART_S = 300.0  # by which Label Studio's clock may be ahead of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class SurenessStep:
    """Open tasks whose labels are about equally sure."""

    sureness: float  # mean probability that the label is right
    n_tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """Tasks that wait for people, by Label Studio's overlap."""

    n_tasks: int
    n_labels: int  # that people are still to give them: more than tasks where several people label each
    n_unlabelled: int  # of the tasks, those without any label yet
    sureness: tuple[SurenessStep, ...]  # of those that a student has looked at, the least sure first


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast people labelled."""

    n_labels: int
    span_s: float  # seconds in which they gave these: whole minutes since the first, an hour at most


class OpenWorkRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, project_id: int) -> OpenWork:
        """Open tasks, what they lack, and how sure their labels are."""
        step = cast(opinions.c.score * N_STEPS, Integer)
        same_text = and_(opinions.c.project_id == tasks.c.project_id, opinions.c.text_hash == tasks.c.text_hash)
        by_step = (
            select(
                step.label("step"),
                func.avg(opinions.c.score).label("sureness"),
                func.count().label("n_tasks"),
                func.sum(count_missing()).label("n_labels"),
            )
            .select_from(tasks.outerjoin(opinions, same_text))
            .where(tasks.c.project_id == project_id, is_open())
            .group_by(step)
            .order_by(step)
        )
        with self._database.read() as connection:
            rows = connection.execute(by_step).all()
            unseen = sum(row.n_tasks for row in rows if row.step is None)
            of_teacher = connection.scalar(_labelled_by_teacher_alone(project_id)) if unseen else 0
        return OpenWork(
            n_tasks=sum(row.n_tasks for row in rows),
            n_labels=sum(row.n_labels for row in rows),
            n_unlabelled=unseen - (of_teacher or 0),
            sureness=tuple(
                SurenessStep(sureness=row.sureness, n_tasks=row.n_tasks) for row in rows if row.step is not None
            ),
        )

    def measure_pace(self, project_id: int, now: float) -> Pace:
        """Labels that people gave at Label Studio's screen within the last hour, as Label Studio says when.

        What was imported, or made of predictions, took nobody any time: Label Studio knows none of it.

        Args:
            now: seconds since 1970.
        """
        since = now - HOUR_S
        low, high = (_iso(moment) for moment in (since, now + CLOCKS_APART_S))
        statement = select(func.count(), func.min(task_annotations.c.updated_at)).where(
            task_annotations.c.project_id == project_id,
            task_annotations.c.is_human,
            ~task_annotations.c.was_cancelled,
            task_annotations.c.label.is_not(None),
            task_annotations.c.lead_time_s.is_not(None),
            task_annotations.c.updated_at >= low,
            task_annotations.c.updated_at < high,
        )
        with self._database.read() as connection:
            n_labels, first = connection.execute(statement).one()
        if first is None:
            return Pace(n_labels=0, span_s=HOUR_S)
        began = datetime.fromisoformat(first)
        elapsed_s = now - (began if began.tzinfo else began.replace(tzinfo=UTC)).timestamp()
        return Pace(n_labels=n_labels, span_s=min(HOUR_S, STEP_S * max(1, math.ceil(elapsed_s / STEP_S))))


def _labelled_by_teacher_alone(project_id: int) -> Select[int]:
    """How many open tasks no student has looked at, but the LLM has labelled."""
    looked_at = exists().where(opinions.c.project_id == tasks.c.project_id, opinions.c.text_hash == tasks.c.text_hash)
    labelled = exists().where(
        teacher_labels.c.project_id == tasks.c.project_id,
        teacher_labels.c.text_hash == tasks.c.text_hash,
        teacher_labels.c.label.is_not(None),
    )
    open_tasks = select(func.count()).select_from(tasks).where(tasks.c.project_id == project_id, is_open())
    return open_tasks.where(~looked_at, labelled)


def _iso(moment: float) -> str:
    """As Label Studio writes a time, UTC, to the second: what comes after sorts behind.

    >>> _iso(0.5)
    '1970-01-01T00:00:00'
    """
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")
