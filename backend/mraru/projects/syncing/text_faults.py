"""Says which tasks are left alone, since they have no text, or one that cannot be had or would break what reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mraru.labelstudio.texts.shown_text import describe_shape
from mraru.labelstudio.texts.text_advice import advise
from mraru.records import TextFault
from mraru.schema_records import LabelSchema
from mraru.store.store import Store

WITHOUT_TEXT = "tasks-without-text"
WITH_BROKEN_TEXT = "tasks-with-broken-text"
WITHOUT_FILE = "tasks-without-file"
MOST_NAMED = 5  # tasks in one warning


def note_text_faults(
    store: Store, project_id: int, schema: LabelSchema, faults: Mapping[int, TextFault], at: float
) -> None:
    """Warn of the tasks that a sync left out, or take the warnings back.

    Args:
        faults: of every such task, by its number.
    """
    of_files = {task: fault for task, fault in faults.items() if fault.is_of_file}
    broken = {task: fault for task, fault in faults.items() if fault.is_broken and task not in of_files}
    without = sorted(faults.keys() - broken.keys() - of_files.keys())
    told = {
        WITHOUT_TEXT: _tell_of_missing(schema, {task: faults[task] for task in without}),
        WITH_BROKEN_TEXT: _tell_of_broken(broken),
        WITHOUT_FILE: _tell_of_files(of_files),
    }
    for code, (message, remedy) in told.items():
        if message:
            store.warnings.note(project_id, code, message, at, remedy=remedy)
        else:
            store.warnings.withdraw(project_id, code)


def _tell_of_missing(schema: LabelSchema, without: Mapping[int, TextFault]) -> tuple[str, str]:
    """What is said and what to do; "" where there is nothing to say."""
    if not without:
        return "", ""
    are = "1 task has" if len(without) == 1 else f"{len(without):,} tasks have"
    message = f"{are} no text in '{schema.text_field}', so they are left alone: {name_tasks(list(without))}."
    is_shapeless = TextFault.NO_TEXT in without.values()
    return message, f"{describe_shape(schema.own_text)}: import what it can show." if is_shapeless else ""


def _tell_of_broken(broken: Mapping[int, TextFault]) -> tuple[str, str]:
    if not broken:
        return "", ""
    have = "1 text holds" if len(broken) == 1 else f"{len(broken):,} texts hold"
    message = f"{have} what cannot be read or sent on, so these are left alone: {_describe(broken)}."
    return message, _remedy(min(broken))


def _tell_of_files(of_files: Mapping[int, TextFault]) -> tuple[str, str]:
    if not of_files:
        return "", ""
    are = "1 text is" if len(of_files) == 1 else f"{len(of_files):,} texts are"
    message = f"{are} in files that could not be had, so these tasks are left alone: {_describe(of_files)}."
    return message, advise(of_files[task] for task in sorted(of_files))


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
