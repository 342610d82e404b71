"""Which labels are near to a text: by what they are called, and by the texts that have them."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mraru.interfaces import Embedder, Vectors
from mraru.projects.learning.class_words import describe_class
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.records import hash_text
from mraru.schema_records import LabelSchema
from mraru.store.projects.round_repository import RoundStep
from mraru.store.store import Store

MOST_EXAMPLES = 50  # texts of a label: those of the lowest hashes, so that they are the same ones each time
# What labels are known by: newest round, that being asked about, changes of gold since a student was trained.
_Moment = tuple[int | None, int | None, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """The labels at one moment."""

    labels: dict[str, tuple[str, ...]]  # by hash of the text that has them
    sums: Vectors  # of what each label is called and of its texts, shape `(n_labels, n_dimensions)`
    own: dict[str, Vectors]  # vectors of these texts, by hash


class LabelNearness:
    """A `LabelRanking` of one project. Thread-safe.

    A label is where the mean of the vectors of what it is called, and of the texts that people or the LLM gave it, is.
    What the LLM says in a round counts once all of the round's texts were asked about: so the ranking does not depend
    on which of them was answered first. Of a text that has labels itself these are left out, which would tell the
    answer wherever an LLM is measured on what people labelled.
    """

    def __init__(
        self,
        store: Store,
        project_id: int,
        schema: LabelSchema,
        embedder: Embedder,
        *,
        definitions: Mapping[str, str],
        held_out: Collection[str] = (),
    ) -> None:
        """Read nothing yet.

        Args:
            definitions: of labels as stored.
            held_out: hashes of texts whose labels are not looked at.
        """
        self._store = store
        self._project_id = project_id
        self._schema = schema
        self._embedder = embedder
        self._definitions = dict(definitions)
        self._held_out = frozenset(held_out)
        self._guard = threading.Lock()
        self._described: Vectors | None = None
        self._places: _Places | None = None
        self._moment: _Moment | None = None  # of which the places are

    def rank(self, text: str) -> list[str]:
        """All labels as stored, the nearest first; of equally near ones the first in the config's order.

        No label is nearer than others to a text without words, and nothing is embedded.
        """
        if not text.strip():
            return list(self._schema.labels)
        places = self._read_places()
        sums, name = places.sums, hash_text(text)
        if name in places.own:
            has_it = np.isin(self._schema.labels, places.labels[name])
            sums = sums - np.outer(has_it, places.own[name])
        vector = self._embedder.embed([text])[0] if name not in places.own else places.own[name]
        return [self._schema.labels[column] for column in rank_columns(vector[None, :], sums)[0]]

    def _read_places(self) -> _Places:
        newest = next(iter(self._store.rounds.list_newest(self._project_id, 1)), None)
        project = self._store.projects.get(self._project_id)
        asking = newest.number if newest is not None and newest.step is RoundStep.ASKING else None
        moment = (newest.number if newest is not None else None, asking, project.n_corrections if project else None)
        with self._guard:
            if self._places is None or self._moment != moment:
                self._moment = moment
                labels = self._read_labels(asking)
                if self._places is None or self._places.labels != labels:
                    self._places = self._place(labels)
            return self._places

    def _read_labels(self, asking: int | None) -> dict[str, tuple[str, ...]]:
        """The labels of each text that has any, of those that are looked at.

        Args:
            asking: the round whose texts are being asked about.
        """
        labelled = read_labelled_set(self._store, self._project_id, self._schema)
        said = self._store.teacher_labels.list_all(self._project_id)
        too_new = {row.text_hash for row in said if row.round_number == asking}
        answers = {name: label for name, label in labelled.teacher.items() if label and name not in too_new}
        counts = dict.fromkeys(self._schema.labels, 0)
        found: dict[str, tuple[str, ...]] = {}
        for name, answer in sorted((answers | labelled.gold).items()):
            wanted = tuple(each for each in self._schema.labels_of(answer) if counts.get(each, 0) < MOST_EXAMPLES)
            if name in self._held_out or not wanted:
                continue
            found[name] = wanted
            for each in wanted:
                counts[each] = counts.get(each, 0) + 1
        return found

    def _place(self, labels: dict[str, tuple[str, ...]]) -> _Places:
        if self._described is None:
            choices = self._schema.choices
            described = [describe_class(choice, self._definitions.get(choice.stored)) for choice in choices]
            self._described = self._embedder.embed(described)
        texts = self._store.tasks.load_texts(self._project_id, list(labels))
        vectors = self._embedder.embed(list(texts.values()))
        own = dict(zip(texts, vectors, strict=True))
        columns = {label: column for column, label in enumerate(self._schema.labels)}
        pairs = [(columns[label], own[name]) for name in own for label in labels[name] if label in columns]
        return _Places(labels=labels, sums=place_labels(self._described, pairs), own=own)


def place_labels(described: Vectors, examples: Sequence[tuple[int, Vectors]]) -> Vectors:
    """Where labels are: the sums of the vectors of what they are called and of their texts, not of unit length.

    Args:
        described: of what they are called, shape `(n_labels, n_dimensions)`.
        examples: the row of a label and the vector of a text that has it.
    """
    sums: Vectors = described.astype(np.float32, copy=True)
    for row, vector in examples:
        sums[row] += vector
    return sums


def rank_columns(vectors: Vectors, places: Vectors) -> list[list[int]]:
    """Rows of `places` by their cosine with each of the vectors, the nearest first.

    >>> rank_columns(np.array([[1.0, 0.0]]), np.array([[0.0, 2.0], [3.0, 1.0]]))
    [[1, 0]]
    """
    lengths = np.linalg.norm(places, axis=1)
    similarities = vectors @ (places / np.maximum(lengths, 1e-12)[:, None]).T
    ranked: list[list[int]] = np.argsort(-similarities, axis=1, kind="stable").tolist()
    return ranked
