"""Which tasks wait for people, as Label Studio counts: fewer have labelled them than their overlap says.

Only labels that are set aside count here and not there: whoever gave them is to look again.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, distinct, exists, func, or_, select

from mraru.store.tables.label_tables import set_aside_labels
from mraru.store.tables.project_tables import projects, task_annotations, tasks

IGNORE_SKIPPED = "IGNORE_SKIPPED"  # as Label Studio calls it


def is_open() -> ColumnElement[bool]:
    """Of a row of `tasks`: whether somebody is still to label it."""
    return count_missing() > 0


def count_missing() -> ColumnElement[int]:
    """Of a row of `tasks`: how many people are still to label it; 0 or less: none.

    Skipped annotations do not count, unless the project ignores skipped tasks: those come back to nobody.
    """
    skip_queue = (
        select(projects.c.skip_queue)
        .where(projects.c.project_id == task_annotations.c.project_id)
        .correlate(task_annotations)
        .scalar_subquery()
    )
    n_people = (
        select(func.count(distinct(func.coalesce(task_annotations.c.completed_by, 0))))
        .where(_of_task(), or_(~task_annotations.c.was_cancelled, skip_queue == IGNORE_SKIPPED), ~_is_set_aside())
        .correlate(tasks)
        .scalar_subquery()
    )
    return tasks.c.overlap - n_people


def is_begun() -> ColumnElement[bool]:
    """Of a row of `tasks`: whether somebody labelled or skipped it, but not yet all labelled it who are to.

    Label Studio serves such tasks before all others.
    """
    return and_(tasks.c.overlap > 1, exists().where(_of_task()).correlate(tasks), is_open())


def _is_set_aside() -> ColumnElement[bool]:
    return (
        exists()
        .where(
            set_aside_labels.c.project_id == task_annotations.c.project_id,
            set_aside_labels.c.label == task_annotations.c.label,
        )
        .correlate(task_annotations)
    )


def _of_task() -> ColumnElement[bool]:
    return and_(
        task_annotations.c.project_id == tasks.c.project_id,
        task_annotations.c.task_id == tasks.c.task_id,
    )
