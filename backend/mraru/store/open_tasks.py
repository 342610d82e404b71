"""Which tasks wait for people, as Label Studio counts: fewer have labelled them than their overlap says."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, distinct, exists, func, select

from mraru.store.tables import task_annotations, tasks


def is_open() -> ColumnElement[bool]:
    """Of a row of `tasks`: whether somebody is still to label it; skipped annotations do not count."""
    n_people = (
        select(func.count(distinct(func.coalesce(task_annotations.c.completed_by, 0))))
        .where(_of_task())
        .correlate(tasks)
        .scalar_subquery()
    )
    return n_people < tasks.c.overlap


def is_begun() -> ColumnElement[bool]:
    """Of a row of `tasks`: whether somebody labelled it, but not yet all who are to."""
    return and_(tasks.c.overlap > 1, exists().where(_of_task()).correlate(tasks), is_open())


def _of_task() -> ColumnElement[bool]:
    return and_(
        task_annotations.c.project_id == tasks.c.project_id,
        task_annotations.c.task_id == tasks.c.task_id,
        ~task_annotations.c.was_cancelled,
    )
