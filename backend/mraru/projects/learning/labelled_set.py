"""Who says what of each text: gold beats the teacher. Labels that the label config has no more are kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mraru.quality.agreement.gold import GoldVerdict, settle_gold
from mraru.quality.consensus.dawid_skene import agreeing_share
from mraru.records import Annotation
from mraru.schema_records import LabelSchema
from mraru.store.store import Store

LEAST_WEIGHT = 0.01  # of a label that the teacher itself hardly believes: students take no zero


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSet:
    """The labels of one project at one moment, by text hash.

    What is set aside names a class that is gone: it counts as nobody's label, but the student goes on learning the
    class, so that it knows such a text when it sees one instead of calling it another class.
    """

    gold: dict[str, str]
    teacher: dict[str, str | None]  # None: asked, and named no label
    confidence: dict[str, float] = field(default_factory=dict)  # the teacher's probability of its label, if known
    agreeing_share: dict[str, float] = field(default_factory=dict)  # of an ensemble's teachers; none: all agree
    ties: frozenset[str] = frozenset()  # texts on which people are evenly split: not gold until somebody decides
    zero_shot: frozenset[str] = frozenset()  # texts that the built-in teacher labelled, which is no LLM
    set_aside_gold: dict[str, str] = field(default_factory=dict)  # people's, where none of theirs counts
    set_aside_teacher: dict[str, str] = field(default_factory=dict)  # the teacher's, whatever people say
    open_texts: frozenset[str] = frozenset()  # what is set aside of them answers some of several questions, not all

    @property
    def known(self) -> frozenset[str]:
        """Texts that the teacher is not asked about any more: it was, or people have labelled them.

        A text on which people are split is one of them: its next label is to come from a person, and a guess of the
        teacher's would be taught as if nobody had looked. So is one whose label is set aside: it may be that the label
        has another name now, and then its answer is paid for. Where some of several questions are answered, the teacher
        may be asked about all of them.

        >>> book = LabelledSet(gold={"b": "x"}, teacher={"c": None}, ties=frozenset("a"), set_aside_teacher={"d": "y"})
        >>> sorted(book.known)
        ['a', 'b', 'c', 'd']
        """
        set_aside = self.set_aside_gold.keys() | self.set_aside_teacher.keys()
        return self.ties.union(self.gold, self.teacher, set_aside - self.open_texts)

    @property
    def labels(self) -> dict[str, str]:
        """What the student learns from, in the order of the hashes; also classes that are gone.

        Of a text on which people are split, that is the teacher's label, if it named one.

        >>> book = LabelledSet(gold={"b": "sport"}, teacher={"a": "sport", "b": "tech", "c": None})
        >>> book.labels
        {'a': 'sport', 'b': 'sport'}
        >>> LabelledSet(gold={}, teacher={"a": "x"}, set_aside_gold={"a": "y"}, set_aside_teacher={"b": "z"}).labels
        {'a': 'y', 'b': 'z'}
        """
        by_teacher = {name: label for name, label in self.teacher.items() if label is not None}
        return dict(sorted((self.set_aside_teacher | by_teacher | self.set_aside_gold | self.gold).items()))

    @property
    def gone_classes(self) -> frozenset[str]:
        """Classes that the student learns and that the label config has no more.

        >>> sorted(LabelledSet(gold={"a": "x"}, teacher={}, set_aside_teacher={"a": "y", "b": "z"}).gone_classes)
        ['z']
        """
        set_aside = {*self.set_aside_gold.values(), *self.set_aside_teacher.values()}
        return frozenset(set_aside.intersection(self.labels.values()))

    def weights(self, names: Iterable[str]) -> NDArray[np.float64]:
        """How much each of these labels counts when labels are soft, shape `(n_texts,)`.

        People's labels count 1, as does a teacher's whose probability is not known.

        >>> LabelledSet(gold={"b": "x"}, teacher={"a": "x", "b": "y"}, confidence={"a": 0.6, "b": 0.3}).weights("abc")
        array([0.6, 1. , 1. ])
        """
        by_people = self.gold.keys() | self.set_aside_gold.keys()
        counted = (1.0 if name in by_people else self.confidence.get(name, 1.0) for name in names)
        return np.array([max(LEAST_WEIGHT, weight) for weight in counted], dtype=np.float64)

    def missing_classes(self, schema: LabelSchema) -> tuple[str, ...]:
        """Labels of the config that no text has yet."""
        seen = {label for answer in self.labels.values() for label in schema.labels_of(answer)}
        return tuple(label for label in schema.labels if label not in seen)


def read_labelled_set(store: Store, project_id: int, schema: LabelSchema) -> LabelledSet:
    """Read the labels of the texts that tasks still have, under the names that labels have now."""
    counted, set_aside = split_annotations(store, project_id, schema)
    verdicts = _settle(store, project_id, counted)
    others = {name: settle_gold(listed) for name, listed in set_aside.items() if name not in counted}
    said = store.teacher_labels.list_all(project_id)
    present = store.tasks.keep_present(project_id, [row.text_hash for row in said])
    rows = [row for row in said if row.text_hash in present]
    set_aside_gold = _labels_of(others)
    set_aside_teacher = {
        row.text_hash: row.label for row in rows if row.label is not None and not schema.is_answer(row.label)
    }
    return LabelledSet(
        gold=_labels_of(verdicts),
        ties=frozenset(text_hash for text_hash, verdict in verdicts.items() if verdict.is_tie),
        teacher={row.text_hash: row.label for row in rows if row.label is None or schema.is_answer(row.label)},
        zero_shot=frozenset(row.text_hash for row in rows if row.is_zero_shot),
        confidence={row.text_hash: row.confidence for row in rows if row.confidence is not None},
        agreeing_share={
            row.text_hash: agreeing_share(row.label, row.ensemble_votes) for row in rows if row.ensemble_votes
        },
        set_aside_gold=set_aside_gold,
        set_aside_teacher=set_aside_teacher,
        open_texts=_find_open(schema, set_aside_gold, set_aside_teacher),
    )


def list_ties(store: Store, project_id: int, schema: LabelSchema) -> frozenset[str]:
    """Texts on which people are evenly split."""
    verdicts = _settle(store, project_id, list_valid_annotations(store, project_id, schema))
    return frozenset(text_hash for text_hash, verdict in verdicts.items() if verdict.is_tie)


def list_valid_annotations(store: Store, project_id: int, schema: LabelSchema) -> dict[str, list[Annotation]]:
    """Annotations that count as gold by text hash, less those whose label the label config no longer has."""
    return split_annotations(store, project_id, schema)[0]


def split_annotations(
    store: Store, project_id: int, schema: LabelSchema
) -> tuple[dict[str, list[Annotation]], dict[str, list[Annotation]]]:
    """Annotations that give a label, by text hash: those that count, and those whose label the config has no more."""
    counted: dict[str, list[Annotation]] = {}
    set_aside: dict[str, list[Annotation]] = {}
    for text_hash, listed in store.annotations.list_by_text(project_id).items():
        for annotation in listed:
            if annotation.is_gold:
                kept = counted if schema.is_answer(annotation.label) else set_aside
                kept.setdefault(text_hash, []).append(annotation)
    return counted, set_aside


def _settle(store: Store, project_id: int, counted: Mapping[str, Sequence[Annotation]]) -> dict[str, GoldVerdict]:
    """What these annotations of each text come to."""
    settled = store.settled_gold.load(project_id)
    return {text_hash: settle_gold(listed, settled.get(text_hash)) for text_hash, listed in counted.items()}


def _find_open(schema: LabelSchema, *set_aside: Mapping[str, str]) -> frozenset[str]:
    """Texts of which all that is set aside answers some of several questions."""
    names = {name for said in set_aside for name in said}
    return frozenset(name for name in names if all(schema.is_part(said[name]) for said in set_aside if name in said))


def _labels_of(verdicts: Mapping[str, GoldVerdict]) -> dict[str, str]:
    return {text_hash: verdict.label for text_hash, verdict in verdicts.items() if verdict.label is not None}
