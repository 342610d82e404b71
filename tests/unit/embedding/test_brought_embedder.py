"""What another package's embedder gives is held to what ours promise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from mraru.embedding.brought_embedder import BroughtEmbedder
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
        (RuntimeError("of the text"), r"\(MRARU_EMBEDDER\) fails: RuntimeError\.$"),
    ],
)
def test_what_is_no_vector_for_each_text_is_refused(given: object, reason: str) -> None:
    with pytest.raises(EmbeddingModelMissing, match=reason):
        brought(given).embed(["a", "b"])
