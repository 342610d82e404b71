"""Sets of labels of which one was renamed: what was said with the old name is read as the set with the new one."""

from __future__ import annotations

from collections.abc import Mapping

from mraru.answers import SEPARATOR, join_labels, split_answer
from mraru.schema_records import LabelSchema
from mraru.store.labels.label_renames import follow_steps
from mraru.store.store import Store


def spread_renames(store: Store, project_id: int, schema: LabelSchema) -> None:
    """Have each set that was ever given read under the present names of its labels."""
    if not schema.is_multiple:
        return
    steps = store.label_renames.list_steps(project_id)
    ends = follow_steps({old: new for old, new in steps.items() if SEPARATOR not in old})
    if not ends:
        return
    for given in sorted(list_given(store, project_id)):
        renamed = rename_members(given, ends)
        if SEPARATOR in given and renamed != given and steps.get(given) != renamed:
            store.label_renames.rename(project_id, given, renamed)


def find_spread(steps: Mapping[str, str], old: str) -> tuple[str, ...]:
    """The sets that are renamed because a label of theirs is.

    >>> find_spread({"tech": "it", "sport | tech": "it | sport", "food | tech": "food"}, "tech")
    ('sport | tech',)
    """
    new = steps[old]
    return tuple(
        given
        for given, renamed in steps.items()
        if SEPARATOR in given and old in split_answer(given) and renamed == rename_members(given, {old: new})
    )


def rename_members(answer: str, names: Mapping[str, str]) -> str:
    """A set under the labels' new names.

    >>> rename_members("sport | tech", {"tech": "it"}), rename_members("(no label)", {"tech": "it"})
    ('it | sport', '(no label)')
    """
    return join_labels(names.get(label, label) for label in split_answer(answer))


def list_given(store: Store, project_id: int) -> set[str]:
    """Every answer that people, teachers or one of several teachers gave."""
    given = store.annotations.list_labels(project_id)
    for row in store.teacher_labels.list_all(project_id):
        given.update(said for said in (row.label, *(vote.label for vote in row.votes)) if said is not None)
    return given
