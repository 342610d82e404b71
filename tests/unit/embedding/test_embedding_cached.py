from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.embedders import CountingEmbedder, MemoryVectors
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.errors import EmbeddingModelMissing
from mraru.interfaces import Vectors


@settings(deadline=None, derandomize=True)
@given(earlier=st.lists(st.text(max_size=3)), texts=st.lists(st.text(max_size=3)), slice_size=st.integers(1, 5))
def test_vectors_are_those_of_the_embedder_inside_whatever_is_kept_already(
    earlier: list[str], texts: list[str], slice_size: int
) -> None:
    inside, store = CountingEmbedder(), MemoryVectors()
    cached = CachedEmbedder(inside, store, slice_size)
    cached.embed(earlier)
    np.testing.assert_array_equal(cached.embed(texts), CountingEmbedder().embed(texts))
    assert sorted(inside.embedded) == sorted(set(earlier) | set(texts)), "each distinct text once"


def test_another_embedder_finds_what_was_kept() -> None:
    store = MemoryVectors()
    CachedEmbedder(CountingEmbedder(), store).embed(["a", "b"])
    inside = CountingEmbedder()
    CachedEmbedder(inside, store).embed(["b", "c"])
    assert inside.embedded == ["c"]


def test_vectors_of_another_model_are_not_used() -> None:
    store = MemoryVectors()
    CachedEmbedder(CountingEmbedder("one"), store).embed(["a"])
    inside = CountingEmbedder("two", n_dimensions=7)
    assert CachedEmbedder(inside, store).embed(["a"]).shape == (1, 7)
    assert inside.embedded == ["a"]


def test_missing_texts_are_embedded_and_kept_slice_by_slice() -> None:
    inside, store = CountingEmbedder(), MemoryVectors()
    CachedEmbedder(inside, store, slice_size=2).embed(["a", "b", "c", "d", "e"])
    assert inside.calls == [["a", "b"], ["c", "d"], ["e"]]
    assert store.n_savings == 3


def test_an_interruption_loses_no_slice_that_was_done() -> None:
    class Failing(CountingEmbedder):
        def embed(self, texts: list[str]) -> Vectors:  # type: ignore[override]
            if "c" in texts:
                raise EmbeddingModelMissing
            return super().embed(texts)

    store = MemoryVectors()
    with pytest.raises(EmbeddingModelMissing):
        CachedEmbedder(Failing(), store, slice_size=2).embed(["a", "b", "c"])
    assert len(store.kept) == 2


def test_progress_counts_the_texts_that_had_to_be_embedded() -> None:
    cached = CachedEmbedder(CountingEmbedder(), MemoryVectors(), slice_size=2)
    cached.embed(["kept"])
    seen: list[tuple[int, int]] = []
    cached.embed(["kept", "a", "b", "c", "a"], on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (2, 3), (3, 3)]


def test_no_progress_is_reported_when_everything_is_kept() -> None:
    cached = CachedEmbedder(CountingEmbedder(), MemoryVectors())
    cached.embed(["a"])
    seen: list[tuple[int, int]] = []
    cached.embed(["a"], on_progress=lambda done, total: seen.append((done, total)))
    assert seen == []


def test_no_texts_give_no_rows_and_ask_the_store_nothing() -> None:
    store = MemoryVectors()
    cached = CachedEmbedder(CountingEmbedder(n_dimensions=5), store)
    assert cached.embed([]).shape == (0, 5)
    assert store.n_savings == 0


def test_the_name_is_the_inner_embedders() -> None:
    assert CachedEmbedder(CountingEmbedder("inner"), MemoryVectors()).name == "inner"


def test_a_slice_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="slice_size"):
        CachedEmbedder(CountingEmbedder(), MemoryVectors(), slice_size=0)
