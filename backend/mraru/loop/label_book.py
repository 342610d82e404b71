"""Who says what of each text: gold beats the teacher."""

from __future__ import annotations

from dataclasses import dataclass

from mraru.records import LabelSchema
from mraru.review.gold import gold_label
from mraru.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelBook:
    """The labels of one project at one moment, by text hash."""

    gold: dict[str, str]
    teacher: dict[str, str | None]  # None: asked, and named no label

    @property
    def labels(self) -> dict[str, str]:
        """What the student learns from, in the order of the hashes.

        >>> book = LabelBook(gold={"b": "sport"}, teacher={"a": "sport", "b": "tech", "c": None})
        >>> book.labels
        {'a': 'sport', 'b': 'sport'}
        """
        known = {name: label for name, label in self.teacher.items() if label is not None}
        return dict(sorted((known | self.gold).items()))

    def missing_classes(self, schema: LabelSchema) -> tuple[str, ...]:
        """Labels of the config that no text has yet."""
        seen = set(self.labels.values())
        return tuple(label for label in schema.labels if label not in seen)


def read_label_book(store: Store, project_id: int, schema: LabelSchema) -> LabelBook:
    """Read the labels that the label config still has, of the texts that tasks still have."""
    present = set(store.tasks.list_text_hashes(project_id))
    valid = set(schema.labels)
    gold: dict[str, str] = {}
    for text_hash, listed in store.annotations.list_by_text(project_id).items():
        label = gold_label([annotation for annotation in listed if annotation.label in valid])
        if label is not None:
            gold[text_hash] = label
    teacher = {
        row.text_hash: row.label
        for row in store.teacher_labels.list_all(project_id)
        if row.text_hash in present and (row.label is None or row.label in valid)
    }
    return LabelBook(gold=gold, teacher=teacher)
