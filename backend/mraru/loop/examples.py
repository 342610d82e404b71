"""What people labelled nearest to a text: the examples that the teacher may be shown."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mraru.interfaces import Embedder, Vectors
from mraru.loop.label_book import read_label_book
from mraru.records import LabelSchema
from mraru.store.store import Store
from mraru.teaching.examples import Example


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gold:
    """What people had labelled at one moment, with vectors of shape `(n_texts, n_dimensions)`."""

    labels: dict[str, str]  # by text hash
    examples: tuple[Example, ...]
    vectors: Vectors


class GoldExamples:
    """`Examples` from the texts of a project that people labelled, by cosine of their embeddings. Thread-safe."""

    def __init__(self, store: Store, project_id: int, schema: LabelSchema, embedder: Embedder) -> None:
        self._store = store
        self._project_id = project_id
        self._schema = schema
        self._embedder = embedder
        self._guard = threading.Lock()
        self._gold: _Gold | None = None

    def nearest(self, text: str, n_examples: int) -> tuple[Example, ...]:
        """The nearest text of each class, by nearness, then the nearest of the rest.

        Neither the text itself nor one that differs from it in case and spaces alone, which would tell the answer.
        """
        gold = self._read_gold()
        if not gold.examples or n_examples < 1:
            return ()
        similarities = gold.vectors @ self._embedder.embed([text])[0]
        own = _fold(text)
        ranked = [
            gold.examples[position]
            for position in np.argsort(-similarities, kind="stable")
            if _fold(gold.examples[position].text) != own
        ]
        return one_of_each_class_first(ranked)[:n_examples]

    def _read_gold(self) -> _Gold:
        labels = read_label_book(self._store, self._project_id, self._schema).gold
        with self._guard:
            if self._gold is None or self._gold.labels != labels:
                texts = self._store.tasks.load_texts(self._project_id, sorted(labels))
                examples = tuple(Example(text=texts[name], label=labels[name]) for name in sorted(texts))
                vectors = self._embedder.embed([example.text for example in examples])
                self._gold = _Gold(labels=labels, examples=examples, vectors=vectors)
            return self._gold


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
