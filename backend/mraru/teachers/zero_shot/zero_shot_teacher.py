"""The built-in teacher for those without an LLM: the label whose description is nearest to the text."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Embedder, Vectors
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.schema_records import LabelSchema

TEMPLATE = "This text is about {label}."


class ZeroShotTeacher:
    """Compares a text's vector with those of the labels' descriptions. Free, and no LLM."""

    def __init__(self, embedder: Embedder, schema: LabelSchema) -> None:
        self._embedder = embedder
        self._schema = schema
        self._own_choices = [choice for question in schema.asked for choice in question.choices]
        self._guard = threading.Lock()
        self._label_vectors: Vectors | None = None
        shape = [TEMPLATE, [[choice.described, choice.stored] for choice in schema.choices]]
        self._identity = TeacherIdentity(
            model=f"zero-shot-{embedder.name}",
            prompt_version=hashlib.blake2b(json.dumps(shape).encode(), digest_size=6).hexdigest(),
            is_zero_shot=True,
        )

    @property
    def identity(self) -> TeacherIdentity:
        return self._identity

    def identity_of(self, text: str) -> TeacherIdentity:
        """Of every text the same."""
        return self._identity

    def cost_bound_usd(self, text: str) -> float:
        """Always 0."""
        return 0.0

    def tokens_bound(self, text: str) -> int:
        """Always 0."""
        return 0

    def label(self, text: str) -> TeacherAnswer:
        """The nearest label by cosine, of each question; of equally near ones the first in the config's order."""
        similarities = self._embed_labels() @ self._embedder.embed([text])[0]
        found = self._find_nearest(similarities)
        named = ", ".join(
            f"{self._schema.choices[best].value} (cosine {similarities[best]:.3f})" for best in found.values()
        )
        return TeacherAnswer(label=self._join(found), raw=f"built-in zero-shot teacher, not an LLM: {named}")

    def _find_nearest(self, similarities: NDArray[np.float32]) -> dict[str, int]:
        """The nearest label of each question, by name of its control: its place among all labels."""
        found, start = {}, 0
        for question in self._schema.asked:
            end = start + len(question.choices)
            found[question.from_name] = start + int(np.argmax(similarities[start:end]))
            start = end
        return found

    def _join(self, nearest: Mapping[str, int]) -> str:
        return self._schema.join_parts({name: self._own_choices[place].stored for name, place in nearest.items()})

    def label_vectors(self, vectors: Vectors) -> list[str]:
        """What it would say of texts with these vectors, shape `(n_texts, n_dimensions)`."""
        return [self._join(self._find_nearest(row)) for row in vectors @ self._embed_labels().T]

    def _embed_labels(self) -> Vectors:
        """Vectors of the labels' descriptions, shape `(n_classes, n_dimensions)`."""
        with self._guard:
            if self._label_vectors is None:
                self._label_vectors = self._embedder.embed(
                    [TEMPLATE.format(label=choice.described) for choice in self._schema.choices]
                )
            return self._label_vectors
