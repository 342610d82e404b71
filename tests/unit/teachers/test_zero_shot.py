from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from mraru.interfaces import Vectors
from mraru.records import Usage
from mraru.schema_records import LabelSchema
from mraru.teachers.zero_shot.zero_shot_teacher import ZeroShotTeacher


class WordEmbedder:
    """Vectors that count the words sport, business and kochen; counts its own calls by text."""

    name = "words"

    def __init__(self) -> None:
        self.embedded: list[str] = []
        self._guard = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        with self._guard:
            self.embedded.extend(texts)
        counts = [[text.lower().count(word) for word in ("sport", "business", "kochen")] for text in texts]
        return np.asarray(counts, dtype=np.float32)


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


def test_the_nearest_label_is_given_as_stored(embedder: WordEmbedder, schema: LabelSchema) -> None:
    teacher = ZeroShotTeacher(embedder, schema)
    assert teacher.label("sport, sport and business").label == "sport-1"
    assert teacher.label("business news").label == "Business"


def test_labels_are_described_by_their_value(embedder: WordEmbedder, schema: LabelSchema) -> None:
    ZeroShotTeacher(embedder, schema).label("business")
    assert embedder.embedded[:3] == [
        "This text is about Sport.",
        "This text is about Business.",
        "This text is about Küche & Kochen.",
    ]


def test_of_equally_near_labels_the_first_is_taken(embedder: WordEmbedder, schema: LabelSchema) -> None:
    assert ZeroShotTeacher(embedder, schema).label("kochen business").label == "Business"
    assert ZeroShotTeacher(embedder, schema).label("nothing known").label == "sport-1"


def test_it_is_free_and_says_that_it_is_no_llm(embedder: WordEmbedder, schema: LabelSchema) -> None:
    teacher = ZeroShotTeacher(embedder, schema)
    answer = teacher.label("business")
    assert teacher.identity.is_zero_shot
    assert teacher.identity.model == "zero-shot-words"
    assert (answer.cost_usd, answer.usage, teacher.cost_bound_usd("business")) == (0.0, Usage(), 0.0)
    assert "built-in zero-shot teacher, not an LLM" in answer.raw


def test_its_version_changes_with_the_labels(embedder: WordEmbedder, schema: LabelSchema) -> None:
    fewer = replace(schema, choices=schema.choices[:2])
    first, second = ZeroShotTeacher(embedder, schema), ZeroShotTeacher(embedder, fewer)
    assert first.identity.prompt_version != second.identity.prompt_version
    assert first.identity == ZeroShotTeacher(embedder, schema).identity


def test_eight_threads_embed_the_labels_once(embedder: WordEmbedder, schema: LabelSchema) -> None:
    teacher = ZeroShotTeacher(embedder, schema)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(teacher.label, ["business"] * 40))
    assert embedder.embedded.count("This text is about Sport.") == 1


def test_nothing_is_embedded_before_the_first_text(embedder: WordEmbedder, schema: LabelSchema) -> None:
    ZeroShotTeacher(embedder, schema)
    assert embedder.embedded == []
