"""Who says what of each text: gold beats the teacher."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mraru.records import Annotation, LabelSchema
from mraru.review.consensus import agreeing_share
from mraru.review.gold import GoldVerdict, settle_gold
from mraru.store.store import Store

LEAST_WEIGHT = 0.01  # of a label that the teacher itself hardly believes: students take no zero


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelBook:
    """The labels of one project at one moment, by text hash."""

    gold: dict[str, str]
    teacher: dict[str, str | None]  # None: asked, and named no label
    confidence: dict[str, float] = field(default_factory=dict)  # the teacher's probability of its label, if known
    agreeing_share: dict[str, float] = field(default_factory=dict)  # of an ensemble's teachers; none: all agree
    ties: frozenset[str] = frozenset()  # texts on which people are evenly split: not gold until somebody decides
    zero_shot: frozenset[str] = frozenset()  # texts that the built-in teacher labelled, which is no LLM

    @property
    def known(self) -> frozenset[str]:
        """Texts that the teacher is not asked about any more: it was, or people have labelled them.

        A text on which people are split is one of them: its next label is to come from a person, and a guess of the
        teacher's would be taught as if nobody had looked.

        >>> sorted(LabelBook(gold={"b": "sport"}, teacher={"c": None}, ties=frozenset("a")).known)
        ['a', 'b', 'c']
        """
        return self.ties.union(self.gold, self.teacher)

    @property
    def labels(self) -> dict[str, str]:
        """What the student learns from, in the order of the hashes.

        Of a text on which people are split, that is the teacher's label, if it named one.

        >>> book = LabelBook(gold={"b": "sport"}, teacher={"a": "sport", "b": "tech", "c": None})
        >>> book.labels
        {'a': 'sport', 'b': 'sport'}
        """
        known = {name: label for name, label in self.teacher.items() if label is not None}
        return dict(sorted((known | self.gold).items()))

    def weights(self, names: Iterable[str]) -> NDArray[np.float64]:
        """How much each of these labels counts when labels are soft, shape `(n_texts,)`.

        Gold counts 1, as does a teacher's label whose probability is not known.

        >>> LabelBook(gold={"b": "x"}, teacher={"a": "x", "b": "y"}, confidence={"a": 0.6, "b": 0.3}).weights("abc")
        array([0.6, 1. , 1. ])
        """
        counted = (1.0 if name in self.gold else self.confidence.get(name, 1.0) for name in names)
        return np.array([max(LEAST_WEIGHT, weight) for weight in counted], dtype=np.float64)

    def missing_classes(self, schema: LabelSchema) -> tuple[str, ...]:
        """Labels of the config that no text has yet."""
        seen = set(self.labels.values())
        return tuple(label for label in schema.labels if label not in seen)


def read_label_book(store: Store, project_id: int, schema: LabelSchema) -> LabelBook:
    """Read the labels that the label config still has, of the texts that tasks still have."""
    valid = set(schema.labels)
    verdicts = _settle(store, project_id, schema)
    said = store.teacher_labels.list_all(project_id)
    present = store.tasks.keep_present(project_id, [row.text_hash for row in said])
    rows = [row for row in said if row.text_hash in present and (row.label is None or row.label in valid)]
    return LabelBook(
        gold={text_hash: verdict.label for text_hash, verdict in verdicts.items() if verdict.label is not None},
        ties=frozenset(text_hash for text_hash, verdict in verdicts.items() if verdict.is_tie),
        teacher={row.text_hash: row.label for row in rows},
        zero_shot=frozenset(row.text_hash for row in rows if row.is_zero_shot),
        confidence={row.text_hash: row.confidence for row in rows if row.confidence is not None},
        agreeing_share={
            row.text_hash: agreeing_share(row.label, row.ensemble_votes) for row in rows if row.ensemble_votes
        },
    )


def list_ties(store: Store, project_id: int, schema: LabelSchema) -> frozenset[str]:
    """Texts on which people are evenly split."""
    verdicts = _settle(store, project_id, schema)
    return frozenset(text_hash for text_hash, verdict in verdicts.items() if verdict.is_tie)


def list_valid_annotations(store: Store, project_id: int, schema: LabelSchema) -> dict[str, list[Annotation]]:
    """Annotations that count as gold by text hash, less those whose label the label config no longer has."""
    valid = set(schema.labels)
    return {
        text_hash: counted
        for text_hash, listed in store.annotations.list_by_text(project_id).items()
        if (counted := [annotation for annotation in listed if annotation.is_gold and annotation.label in valid])
    }


def _settle(store: Store, project_id: int, schema: LabelSchema) -> dict[str, GoldVerdict]:
    """What people's annotations of each text come to."""
    settled = store.settled_gold.load(project_id)
    return {
        text_hash: settle_gold(listed, settled.get(text_hash))
        for text_hash, listed in list_valid_annotations(store, project_id, schema).items()
    }
