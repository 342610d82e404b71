"""A label has another name now: what was said under the old one counts again, and nobody is asked anything."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from mraru.errors import RenamingInvalid
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.projects.syncing.renamed_sets import find_spread, list_given, spread_renames
from mraru.projects.syncing.set_aside import SetAsideLabel, list_set_aside, note_set_aside
from mraru.records import TeacherIdentity
from mraru.schema_records import LabelSchema
from mraru.store.labels.label_renames import follow_steps
from mraru.store.store import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRenaming:
    """What came of a renaming, or of taking one back."""

    old: str
    new: str
    changed: bool  # False: it was so already
    n_people: int = 0  # annotations that count again, or no more
    n_teacher: int = 0  # texts with an answer that counts again, or no more
    is_zero_shot: bool = False  # all of these answers are the built-in teacher's, which is no LLM
    has_definition: bool = False  # whether the old label's definition is the new one's now


def rename_label(
    store: Store,
    project_id: int,
    schema: LabelSchema,
    *,
    old: str,
    new: str,
    identify_teachers: Callable[[], Collection[TeacherIdentity]],
    at: float,
) -> LabelRenaming:
    """Read what people and teacher called `old` as `new`; several labels may become one.

    Annotations in Label Studio stay as they are, and so does the ledger: the renaming is remembered and applied
    whenever they are read. The student learns again as after a correction.

    Args:
        old: as it was stored.
        new: as it is stored now.
        identify_teachers: those that are asked one by one, as they are asked now; they are told the definition that
            `new` takes over. Answers to their former prompts are theirs then, too.

    Raises:
        RenamingInvalid: says why this cannot be; nothing was changed.
    """
    _check_names(project_id, schema, old, new)
    steps = store.label_renames.list_steps(project_id)
    if steps.get(old) == new:
        return LabelRenaming(old=old, new=new, changed=False)
    before = list_set_aside(store, project_id, schema)
    if old not in steps and not _is_known(store, project_id, schema, old):
        known = [label.label for label in before]
        listed = f"What is set aside is {_enumerate(known)}." if known else "Nothing of it is set aside."
        raise RenamingInvalid(f"Nothing in project {project_id} was ever labelled '{old}'. {listed}")
    has_definition = store.label_definitions.copy(project_id, old, new)
    store.definition_drafts.rename_label(project_id, old, new)
    former = [name for name, end in follow_steps(_without(steps, old)).items() if end == old]
    store.former_prompts.note_latest(project_id, identify_teachers(), old, {old, *former})
    store.label_renames.rename(project_id, old, new)  # the last: a renaming that was interrupted is done again
    spread_renames(store, project_id, schema)
    left = {label.label for label in list_set_aside(store, project_id, schema)}
    renaming = _count(old, new, [label for label in before if label.label not in left], has_definition)
    _learn_again(store, project_id, schema, renaming, at)
    return renaming


def take_back_renaming(store: Store, project_id: int, schema: LabelSchema, *, old: str, at: float) -> LabelRenaming:
    """Let what was called `old` be that again.

    Raises:
        RenamingInvalid: it was not renamed.
    """
    steps = store.label_renames.list_steps(project_id)
    if old not in steps:
        known = f" Renamed are {_enumerate(steps)}." if steps else " No label of it is."
        raise RenamingInvalid(f"'{old}' is not renamed in project {project_id}.{known}")
    new = steps[old]
    before = {label.label for label in list_set_aside(store, project_id, schema)}
    store.label_renames.forget(project_id, [old, *(find_spread(steps, old) if schema.is_multiple else ())])
    store.former_prompts.forget(project_id, [old])
    definitions = store.label_definitions.list_all(project_id)
    if old in definitions and definitions[old] == definitions.get(new):
        store.label_definitions.define(project_id, {new: ""})
    away = [label for label in list_set_aside(store, project_id, schema) if label.label not in before]
    renaming = _count(old, new, away)
    _learn_again(store, project_id, schema, renaming, at)
    return renaming


def forget_answers(store: Store, project_id: int, schema: LabelSchema, *, label: str, at: float) -> int:
    """Let the teacher be asked again about the texts that it gave a label which is gone; returns how many these are.

    What people labelled so stays set aside, and is theirs to label again.

    Raises:
        RenamingInvalid: nothing of the teacher's is set aside under this label.
    """
    set_aside = {found.label: found.n_teacher for found in list_set_aside(store, project_id, schema)}
    if not set_aside.get(label):
        listed = [name for name, n_teacher in set_aside.items() if n_teacher]
        known = f"There are under {_enumerate(listed)}." if listed else "There are none at all."
        raise RenamingInvalid(f"No answers are set aside under '{label}' in project {project_id}. {known}")
    set_aside_answers = set(read_labelled_set(store, project_id, schema).set_aside_teacher.values())
    given = [answer for answer in set_aside_answers if label in schema.labels_of(answer)]
    n_texts = sum(store.teacher_labels.forget_label(project_id, answer) for answer in given)
    note_set_aside(store, project_id, schema, at)
    store.annotations.count_corrections(project_id, n_texts, at)
    logger.info(
        "project %d: %d texts labelled '%s' may be asked about again",
        project_id,
        n_texts,
        label,
        extra={"event": "answers_forgotten"},
    )
    return n_texts


def end_renamings(store: Store, project_id: int, schema: LabelSchema) -> None:
    """Labels that the label config has stand for themselves, also those that had another name meanwhile."""
    steps = store.label_renames.list_steps(project_id)
    back = [*schema.labels, *(old for old in steps if schema.is_answer(old) or schema.is_part(old))]
    if store.label_renames.forget(project_id, back):
        store.former_prompts.forget(project_id, schema.labels)
        logger.info("project %d has a label again that was read as another", project_id, extra={"event": "label_back"})


def _check_names(project_id: int, schema: LabelSchema, old: str, new: str) -> None:
    if new not in schema.labels:
        raise RenamingInvalid(
            f"'{new}' is no label of project {project_id}. Its labels are {_enumerate(schema.labels)}."
        )
    if old == new:
        raise RenamingInvalid(f"'{old}' cannot be renamed to itself.")
    if old in schema.labels:
        raise RenamingInvalid(
            f"'{old}' is still a label of project {project_id}, so what was labelled with it counts as it is. Rename "
            "or remove it in the label config first."
        )


def _is_known(store: Store, project_id: int, schema: LabelSchema, label: str) -> bool:
    """Whether anything was ever said with this label, or of it."""
    steps = store.label_renames.list_steps(project_id)
    return (
        any(label in schema.labels_of(given) for given in list_given(store, project_id))
        or label in steps.values()
        or label in store.label_definitions.list_all(project_id)
        or store.definition_drafts.get(project_id, label) is not None
    )


def _count(old: str, new: str, labels: Iterable[SetAsideLabel], has_definition: bool = False) -> LabelRenaming:
    listed = list(labels)
    return LabelRenaming(
        old=old,
        new=new,
        changed=True,
        n_people=sum(label.n_people for label in listed),
        n_teacher=sum(label.n_teacher for label in listed),
        is_zero_shot=any(label.is_zero_shot for label in listed),
        has_definition=has_definition,
    )


def _learn_again(store: Store, project_id: int, schema: LabelSchema, renaming: LabelRenaming, at: float) -> None:
    note_set_aside(store, project_id, schema, at)
    store.annotations.count_corrections(project_id, max(1, renaming.n_people + renaming.n_teacher), at)
    logger.info(
        "project %d: '%s' is read as '%s'; %d labels of people and %d of the teacher",
        project_id,
        renaming.old,
        renaming.new,
        renaming.n_people,
        renaming.n_teacher,
        extra={"event": "label_renamed"},
    )


def _enumerate(labels: Collection[str]) -> str:
    return ", ".join(f"'{label}'" for label in labels)


def _without(steps: Mapping[str, str], old: str) -> dict[str, str]:
    return {name: new for name, new in steps.items() if name != old}
