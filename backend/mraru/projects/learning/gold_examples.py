"""What people labelled nearest to a text: the examples that the teacher may be shown."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Embedder, Vectors
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.quality.agreement.resolved_disagreements import resolved_disagreements
from mraru.schema_records import LabelSchema
from mraru.store.store import Store
from mraru.teachers.prompting.few_shot_examples import Example

EQUALLY_NEAR = (
    0.05  # cosine by which a resolved disagreement may be farther away than another text, and still come first
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gold:
    """What people had labelled at one moment, with vectors of shape `(n_texts, n_dimensions)`."""

    labels: dict[str, str]  # by text hash
    resolved: frozenset[str]  # hashes of the texts on which people decided between LLM, student and themselves
    examples: tuple[Example, ...]
    vectors: Vectors
    head_start: NDArray[np.float64]  # in cosine, shape `(n_texts,)`


class GoldExamples:
    """`Examples` from the texts of a project that people labelled, by cosine of their embeddings. Thread-safe.

    Of about equally near texts, one on which LLM, student and people differed comes first: it shows what was not
    clear before people decided.
    """

    def __init__(
        self,
        store: Store,
        project_id: int,
        schema: LabelSchema,
        embedder: Embedder,
        held_out: Collection[str] = (),
    ) -> None:
        """Read nothing yet.

        Args:
            held_out: hashes of texts that a prompt is tried on: none of them is ever shown.
        """
        self._store = store
        self._project_id = project_id
        self._schema = schema
        self._embedder = embedder
        self._held_out = frozenset(held_out)
        self._guard = threading.Lock()
        self._gold: _Gold | None = None

    def nearest(self, text: str, n_examples: int) -> tuple[Example, ...]:
        """The nearest text of each class, by nearness, then the nearest of the rest.

        A resolved disagreement counts as `EQUALLY_NEAR` nearer than it is.

        Neither the text itself nor one that differs from it in case and spaces alone, which would tell the answer.
        """
        gold = self._read_gold()
        if not gold.examples or n_examples < 1:
            return ()
        similarities = gold.vectors @ self._embedder.embed([text])[0] + gold.head_start
        own = _fold(text)
        ranked = [
            gold.examples[position]
            for position in np.argsort(-similarities, kind="stable")
            if _fold(gold.examples[position].text) != own
        ]
        return one_of_each_class_first(ranked)[:n_examples]

    def _read_gold(self) -> _Gold:
        labelled = read_labelled_set(self._store, self._project_id, self._schema)
        labels = {name: label for name, label in labelled.gold.items() if name not in self._held_out}
        opinions = self._store.opinions.load(self._project_id, sorted(labels))
        student = {name: opinion.label for name, opinion in opinions.items() if opinion.is_out_of_fold}
        resolved = resolved_disagreements(labels, labelled.teacher, student)
        with self._guard:
            known = self._gold
            if known is None or known.labels != labels or known.resolved != resolved:
                texts = self._store.tasks.load_texts(self._project_id, sorted(labels))
                names = sorted(texts)
                examples = tuple(Example(text=texts[name], label=labels[name]) for name in names)
                self._gold = known = _Gold(
                    labels=labels,
                    resolved=resolved,
                    examples=examples,
                    vectors=self._embedder.embed([example.text for example in examples]),
                    head_start=np.array([EQUALLY_NEAR * (name in resolved) for name in names], dtype=np.float64),
                )
            return known


def one_of_each_class_first(ranked: Sequence[Example]) -> tuple[Example, ...]:
    """The first of each class in their order, then all others in theirs.

    >>> ranked = [Example(text=text, label=text[0]) for text in ("a1", "a2", "b1", "a3", "b2")]
    >>> [example.text for example in one_of_each_class_first(ranked)]
    ['a1', 'b1', 'a2', 'a3', 'b2']
    """
    first: dict[str, Example] = {}
    for example in ranked:
        first.setdefault(example.label, example)
    chosen = {id(example) for example in first.values()}
    return (*first.values(), *(example for example in ranked if id(example) not in chosen))


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
