"""Says which labels of people and of the LLM do not count, since the label config has their class no more."""

from __future__ import annotations

import logging
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mraru.projects.learning.labelled_set import LabelledSet, read_labelled_set, split_annotations
from mraru.projects.syncing.renamed_sets import spread_renames
from mraru.schema_records import LabelSchema
from mraru.store.store import Store

logger = logging.getLogger(__name__)

WARNING_CODE = "labels-set-aside"
MOST_NAMED = 5  # labels in one warning


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAsideLabel:
    """A label that the label config has no more, and what was labelled with it."""

    label: str
    n_people: int  # annotations
    n_teacher: int  # texts that the teacher labelled so
    is_zero_shot: bool = False  # all of these were labelled by the built-in teacher, which is no LLM
    likely_name: str | None = None  # the label of the config that it may be called now, where one is most likely


def list_set_aside(
    store: Store, project_id: int, schema: LabelSchema, labelled: LabelledSet | None = None
) -> tuple[SetAsideLabel, ...]:
    """Every label with something set aside, most of it first.

    Args:
        book: the project's labels, where they were read already.
    """
    labelled = labelled or read_labelled_set(store, project_id, schema)
    by_people = _count_annotations(store, project_id, schema)
    by_teacher = Counter(gone for answer in labelled.set_aside_teacher.values() for gone in find_gone(answer, schema))
    said = store.teacher_labels.load(project_id, sorted(labelled.set_aside_teacher))
    by_llm = {
        gone for row in said.values() if row.label and not row.is_zero_shot for gone in find_gone(row.label, schema)
    }
    labels = sorted({*by_people, *by_teacher}, key=lambda label: (-by_people[label] - by_teacher[label], label))
    unused = labelled.missing_classes(schema) if len(labels) == 1 else ()
    return tuple(
        SetAsideLabel(
            label=label,
            n_people=by_people[label],
            n_teacher=by_teacher[label],
            is_zero_shot=by_teacher[label] > 0 and label not in by_llm,
            likely_name=guess_name(label, schema, unused),
        )
        for label in labels
    )


def _count_annotations(store: Store, project_id: int, schema: LabelSchema) -> Counter[str]:
    if not _list_gone(store, project_id, schema):  # as almost always: not every annotation is read for it
        return Counter()
    _, set_aside = split_annotations(store, project_id, schema)
    made = (made for listed in set_aside.values() for made in listed)
    return Counter(gone for annotation in made for gone in find_gone(str(annotation.label), schema))


def find_gone(answer: str, schema: LabelSchema) -> tuple[str, ...]:
    """The labels of an answer that the config has no more.

    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="x", choices=(), is_multiple=True)
    >>> find_gone("joy | love", schema)
    ('joy', 'love')
    """
    return tuple(label for label in schema.labels_of(answer) if label not in schema.labels)


def _list_gone(store: Store, project_id: int, schema: LabelSchema) -> list[str]:
    """Labels that annotations have and that do not count, as Label Studio has them."""
    renames = store.label_renames.load(project_id)
    given = store.annotations.list_labels(project_id)
    return sorted(label for label in given if not schema.is_answer(renames.get(label, label)))


def count_in_words(n_people: int, n_teacher: int, is_zero_shot: bool = False) -> str:
    """Labels of both kinds.

    >>> count_in_words(3, 1), count_in_words(1, 0), count_in_words(0, 2, is_zero_shot=True)
    ('3 labels of people and 1 of the LLM', '1 label of people', '2 labels of the built-in teacher')
    """
    teacher = "the built-in teacher" if is_zero_shot else "the LLM"
    counted = [(n_people, "people"), (n_teacher, teacher)]
    (first, whose), *rest = [(n_labels, who) for n_labels, who in counted if n_labels] or [(0, "people")]
    more = "".join(f" and {n_labels} of {who}" for n_labels, who in rest)
    return f"{first} {'label' if first == 1 else 'labels'} of {whose}{more}"


def guess_name(label: str, schema: LabelSchema, unused: Sequence[str]) -> str | None:
    """What a label is likely to be called now: the same in other case or space, the alias of it, else the only new one.

    A path is likely the only one that ends as it did, since a node above it was renamed.

    Args:
        unused: labels of the config that no text has, if this is the only label that is gone.

    >>> from mraru.schema_records import Choice
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="x", choices=(Choice(value="Sport", alias="s"),
    ...                      Choice(value="Food"), Choice(value="Beta")))
    >>> [guess_name(label, schema, ["Beta"]) for label in ("Sport", " food", "B")], guess_name("B", schema, [])
    (['s', 'Food', 'Beta'], None)
    >>> paths = (Choice(value="Pets / Dog", path=("Pets", "Dog")), Choice(value="Wild / Fox", path=("Wild", "Fox")))
    >>> guess_name("Animals / Dog", LabelSchema(from_name="c", to_name="t", text_field="x", choices=paths), [])
    'Pets / Dog'
    """
    for choice in schema.choices:
        if _fold(label) in (_fold(choice.value), _fold(choice.stored)):
            return choice.stored
    last = label.split(schema.path_separator)[-1]
    alike = [choice.stored for choice in schema.choices if choice.path and choice.path[-1] == last]
    if len(alike) == 1:
        return alike[0]
    return unused[0] if len(unused) == 1 else None


def note_set_aside(
    store: Store, project_id: int, schema: LabelSchema, at: float, labelled: LabelledSet | None = None
) -> None:
    """Warn of what is set aside, or withdraw the warning; tasks that people labelled so are open again.

    Args:
        book: the project's labels, where they were read already.
    """
    spread_renames(store, project_id, schema)
    found = list_set_aside(store, project_id, schema, None if schema.is_multiple else labelled)
    store.set_aside_labels.replace_all(project_id, _list_gone(store, project_id, schema))
    known = {warning.code: warning for warning in store.warnings.list_all(project_id)}.get(WARNING_CODE)
    if not found:
        if known is not None:
            store.warnings.withdraw(project_id, WARNING_CODE)
        return
    message, remedy = _describe(found), _advise(project_id, found)
    if known is None or known.message != message:
        logger.warning("project %d: %s", project_id, message, extra={"event": "labels_set_aside"})
    if known is None or (known.message, known.remedy) != (message, remedy):
        store.warnings.note(project_id, WARNING_CODE, message, at, remedy=remedy)


def _describe(found: Sequence[SetAsideLabel]) -> str:
    one = len(found) == 1
    named = "; ".join(describe_set_aside(label) for label in found[:MOST_NAMED])
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return (
        f"{'A label is' if one else f'{len(found)} labels are'} not in the label config any more, so what was labelled "
        f"with {'it' if one else 'them'} does not count: {named}{more}. Nothing of it is lost, and these texts are not "
        "paid for again."
    )


def describe_set_aside(label: SetAsideLabel) -> str:
    """A label and what was labelled with it, in words.

    >>> describe_set_aside(SetAsideLabel(label="B", n_people=3, n_teacher=1))
    "'B': 3 labels of people and 1 of the LLM"
    """
    return f"'{label.label}': {count_in_words(label.n_people, label.n_teacher, label.is_zero_shot)}"


def suggest_command(project_id: int, label: SetAsideLabel) -> str:
    """What carries a label over, to be typed as it is or with the new name.

    >>> suggest_command(12, SetAsideLabel(label="B or so", n_people=3, n_teacher=1))
    "mraru labels rename 12 'B or so' NEW"
    """
    return shlex.join(["mraru", "labels", "rename", str(project_id), label.label, label.likely_name or "NEW"])


def undo_command(project_id: int, old: str) -> str:
    """What takes a renaming back.

    >>> undo_command(12, "B")
    'mraru labels rename 12 B --undo'
    """
    return shlex.join(["mraru", "labels", "rename", str(project_id), old, "--undo"])


def _advise(project_id: int, found: Sequence[SetAsideLabel]) -> str:
    commands = [f"`{suggest_command(project_id, label)}`" for label in found[:MOST_NAMED]]
    return (
        f"If it has another name now: {' or '.join(commands)}. If it was removed by mistake: bring it back in the "
        "label config. If its texts are to get other labels: label them yourself, or let the LLM be asked again with "
        f"`mraru labels ask-again {project_id} LABEL`, which costs calls. Until then the student goes on telling such "
        "texts from others, and people see them early."
    )


def _fold(label: str) -> str:
    return " ".join(label.split()).casefold()
