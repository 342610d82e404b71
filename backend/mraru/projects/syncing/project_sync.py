"""Takes over what Label Studio holds: project, tasks, annotations. Webhooks are hints; this is the truth."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from mraru.errors import LabelConfigError
from mraru.interfaces import LabelStudio
from mraru.projects.project_schema import schema_of
from mraru.projects.syncing.label_renaming import end_renamings
from mraru.projects.syncing.question_changes import carry_over, leave_open
from mraru.projects.syncing.set_aside import list_set_aside, note_set_aside
from mraru.projects.syncing.text_faults import note_text_faults
from mraru.projects.syncing.text_look import look_again
from mraru.records import TaskText, TextFault
from mraru.schema_records import ConfigSelection, LabelSchema
from mraru.store.projects.project_repository import ProgressPhase, Project
from mraru.store.store import Store

logger = logging.getLogger(__name__)

SLICE = 1000  # tasks per write
SLICE_OF_FILES = 100  # where each may have taken a request: what was fetched is kept when a sync is interrupted


def sync_project(
    store: Store,
    label_studio: LabelStudio,
    project_id: int,
    clock: Callable[[], float],
    selection: ConfigSelection | None = None,
) -> LabelSchema:
    """Make the stored project equal to Label Studio's.

    Args:
        selection: how the label config is to be read from now on; None: as before.

    Raises:
        LabelStudioError: Label Studio does not answer, refuses, or holds another project of that number.
        LabelConfigError: the project's label config is not supported.
    """
    known = store.projects.get(project_id)
    store.projects.describe(label_studio.describe_project(project_id), selection)
    listed_at = clock()
    store.projects.begin_sync(project_id, listed_at)
    try:
        schema = _take_over(store, label_studio, project_id, known, listed_at)
    except BaseException:
        store.projects.request_sync(project_id)
        raise
    return schema


def _take_over(
    store: Store, label_studio: LabelStudio, project_id: int, known: Project | None, listed_at: float
) -> LabelSchema:
    project = store.projects.get(project_id)
    assert project is not None  # described above
    schema, former = schema_of(project), _read_former(known)
    task_ids: list[int] = []
    waiting: list[TaskText] = []
    faults: dict[int, TextFault] = {}
    n_changed_texts = 0
    store.projects.set_progress(project_id, ProgressPhase.SYNCING)
    most_waiting = SLICE_OF_FILES if schema.has_addresses else SLICE
    for task in label_studio.list_tasks(project_id, schema, partial(store.tasks.load_fetched, project_id)):
        task_ids.append(task.task_id)
        waiting.append(task)
        if task.fault is not None:
            faults[task.task_id] = task.fault
        if len(waiting) == most_waiting:
            n_changed_texts += store.tasks.save(project_id, waiting)
            store.projects.set_progress(project_id, ProgressPhase.SYNCING, len(task_ids))
            waiting = []
    n_changed_texts += store.tasks.save(project_id, waiting)
    store.tasks.remove_all_but(project_id, task_ids)
    end_renamings(store, project_id, schema)
    is_kept = carry_over(store, project_id, former, schema)
    is_other_question = _is_other_question(known, project, former, schema) or not is_kept
    if is_other_question:
        store.teacher_labels.forget_all(project_id)
    if n_changed_texts or is_other_question or _labels_changed(former, schema):
        # as after a correction: the student learns again and every open task gets a prediction of a new version
        store.annotations.count_corrections(project_id, max(1, n_changed_texts), listed_at)
    if _is_stored_otherwise(former, schema):
        store.predictions.doubt(project_id)  # Label Studio would no longer find the label in them
    n_changed = store.annotations.replace_all(
        project_id,
        label_studio.list_annotations(project_id, schema),
        listed_at,
        partial(leave_open, schema, store.label_renames.load(project_id)),
    )
    note_set_aside(store, project_id, schema, listed_at)
    if _has_new_labels(former, schema) and not list_set_aside(store, project_id, schema):
        store.projects.set_seeded(
            project_id, is_seeded=False
        )  # what is set aside may be a new label's under its former name
    note_text_faults(store, project_id, schema, faults, listed_at)
    look_again(store, project_id, listed_at)
    logger.info(
        "synced project %d: %d tasks, gold changed by %d",
        project_id,
        len(task_ids),
        n_changed,
        extra={"event": "synced"},
    )
    return schema


def _read_former(known: Project | None) -> LabelSchema | None:
    """What the project asked before; None where nothing was trained with it."""
    try:
        return schema_of(known) if known is not None else None
    except LabelConfigError:
        return None


def _is_other_question(
    known: Project | None, project: Project, former: LabelSchema | None, schema: LabelSchema
) -> bool:
    """Whether people chose another control; one that was renamed asks what it asked, and so do several with it."""
    if known is None or former is None or known.selection.only == project.selection.only:
        return False
    return not {question.from_name for question in former.asked}.intersection(
        question.from_name for question in schema.asked
    )


def _labels_changed(former: LabelSchema | None, schema: LabelSchema) -> bool:
    """Whether texts may get other answers than before: of other labels, or sets of them in the place of one."""
    if former is None:
        return False
    return (set(former.labels), former.is_multiple) != (set(schema.labels), schema.is_multiple)


def _has_new_labels(former: LabelSchema | None, schema: LabelSchema) -> bool:
    return former is not None and not set(schema.labels).issubset(former.labels)


def _is_stored_otherwise(former: LabelSchema | None, schema: LabelSchema) -> bool:
    """Whether predictions name the parts of the label config otherwise than before."""
    if former is None:
        return False
    return _list_names(former) != _list_names(schema)


def _list_names(schema: LabelSchema) -> list[tuple[str | None, ...]]:
    """What a prediction's result is written with, beside its label."""
    return [
        (question.from_name, question.to_name, schema.note_name, question.kind, question.path_separator)
        for question in schema.asked
    ]
