"""What another package's embedder gives is held to what ours promise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from mraru.embedding.brought_embedder import BroughtEmbedder
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.errors import EmbeddingModelMissing


class SomebodysEmbedder:
    """Gives what a test has it give."""

    name = "model-2"

    def __init__(self, given: object) -> None:
        self.given = given

    def embed(self, texts: Sequence[str]) -> object:
        if isinstance(self.given, Exception):
            raise self.given
        return self.given


def brought(given: object) -> BroughtEmbedder:
    return BroughtEmbedder(SomebodysEmbedder(given), "theirs")  # type: ignore[arg-type]


def test_rows_have_unit_length_but_for_those_of_zeros() -> None:
    vectors = brought([[3.0, 4.0], [0.0, 0.0]]).embed(["a", "b"])
    np.testing.assert_allclose(vectors, [[0.6, 0.8], [0.0, 0.0]], rtol=1e-6)
    assert vectors.dtype == np.float32


def test_what_it_gave_is_not_changed() -> None:
    given = np.array([[3.0, 4.0]], dtype=np.float32)
    brought(given).embed(["a"])
    assert given.tolist() == [[3.0, 4.0]]


def test_its_vectors_are_kept_under_no_other_model_s_name() -> None:
    assert brought([]).name == "theirs:model-2"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([[1.0, 0.0]], r"shape \(1, 2\) for 2 texts"),
        ([1.0, 0.0], r"shape \(2,\) for 2 texts"),
        ([[1.0], [float("nan")]], "must give finite vectors"),
        ([["a"], ["b"]], "fails: ValueError"),
        (np.zeros((2, 0)), r"shape \(2, 0\) for 2 texts"),
        (RuntimeError("of the text"), r"\(MRARU_EMBEDDER\) fails: RuntimeError\.$"),
    ],
)
def test_what_is_no_vector_for_each_text_is_refused(given: object, reason: str) -> None:
    with pytest.raises(EmbeddingModelMissing, match=reason):
        brought(given).embed(["a", "b"])


def test_no_texts_give_no_rows_however_that_is_said() -> None:
    assert brought([]).embed([]).shape[0] == brought(np.zeros((0, 3))).embed([]).shape[0] == 0
    assert brought(np.zeros((0, 3))).embed([]).shape == (0, 3)


def test_vectors_of_another_length_than_the_first_are_refused() -> None:
    theirs = SomebodysEmbedder([[1.0, 0.0]])
    embedder = BroughtEmbedder(theirs, "theirs")  # type: ignore[arg-type]
    embedder.embed(["a"])
    theirs.given = [[1.0, 0.0, 0.0]]
    with pytest.raises(EmbeddingModelMissing, match="gave vectors of 2 numbers, then of 3"):
        embedder.embed(["b"])


def test_vectors_of_several_lengths_under_one_name_are_told_by_that_name() -> None:
    theirs = SomebodysEmbedder([[1.0, 0.0]])
    kept: dict[str, dict[str, object]] = {}

    class Vectors:
        def load_vectors(self, name: str, hashes: Sequence[str]) -> dict[str, object]:
            return {each: kept[name][each] for each in hashes if each in kept.get(name, {})}

        def save_vectors(self, name: str, vectors: dict[str, object]) -> None:
            kept.setdefault(name, {}).update(vectors)

    cached = CachedEmbedder(BroughtEmbedder(theirs, "theirs"), Vectors())  # type: ignore[arg-type]
    cached.embed(["a"])
    theirs.given = [[1.0, 0.0, 0.0]]
    cached = CachedEmbedder(BroughtEmbedder(theirs, "theirs"), Vectors())  # type: ignore[arg-type]  # a new process
    with pytest.raises(EmbeddingModelMissing, match="'theirs:model-2' gave vectors of 2 and of 3 numbers"):
        cached.embed(["a", "b"])
