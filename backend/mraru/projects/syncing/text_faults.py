"""Says which tasks are left alone, since they have no text or one that would break what reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mraru.labelstudio.texts.shown_text import describe_shape
from mraru.records import TextFault
from mraru.schema_records import LabelSchema
from mraru.store.store import Store

WITHOUT_TEXT = "tasks-without-text"
WITH_BROKEN_TEXT = "tasks-with-broken-text"
MOST_NAMED = 5  # tasks in one warning


def note_text_faults(
    store: Store, project_id: int, schema: LabelSchema, faults: Mapping[int, TextFault], at: float
) -> None:
    """Warn of the tasks that a sync left out, or take the warnings back.

    Args:
        faults: of every such task, by its number.
    """
    broken = {task: fault for task, fault in faults.items() if fault.is_broken}
    without = sorted(faults.keys() - broken.keys())
    if without:
        are = "1 task has" if len(without) == 1 else f"{len(without):,} tasks have"
        message = f"{are} no text in '{schema.text_field}', so they are left alone: {name_tasks(without)}."
        is_shapeless = TextFault.NO_TEXT in (faults[task] for task in without)
        remedy = f"{describe_shape(schema.own_text)}: import what it can show." if is_shapeless else ""
        store.warnings.note(project_id, WITHOUT_TEXT, message, at, remedy=remedy)
    else:
        store.warnings.withdraw(project_id, WITHOUT_TEXT)
    if broken:
        have = "1 text holds" if len(broken) == 1 else f"{len(broken):,} texts hold"
        message = f"{have} what cannot be read or sent on, so these are left alone: {_describe(broken)}."
        store.warnings.note(project_id, WITH_BROKEN_TEXT, message, at, remedy=_remedy(min(broken)))
    else:
        store.warnings.withdraw(project_id, WITH_BROKEN_TEXT)


def name_tasks(task_ids: Sequence[int]) -> str:
    """The first few, and how many more there are.

    >>> name_tasks([3]), name_tasks(range(1, 9))
    ('task 3', 'tasks 1, 2, 3, 4, 5 and 3 more')
    """
    word = "task" if len(task_ids) == 1 else "tasks"
    return f"{word} {_join([str(task) for task in task_ids])}"


def _describe(broken: Mapping[int, TextFault]) -> str:
    return _join([f"task {task} ({broken[task]})" for task in sorted(broken)])


def _join(named: Sequence[str]) -> str:
    n_more = len(named) - MOST_NAMED
    return ", ".join(named[:MOST_NAMED]) + (f" and {n_more:,} more" if n_more > 0 else "")


def _remedy(task_id: int) -> str:
    return (
        "Correct their data and import them again, or delete them. Where Label Studio's own pages fail over one, its "
        f"API still takes a PATCH or DELETE of /api/tasks/{task_id}/."
    )
