"""Vectors that are computed once and kept: equal texts share one, whatever the project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from mraru.errors import EmbeddingModelMissing
from mraru.interfaces import Embedder, Vectors, VectorStore
from mraru.records import hash_text

SLICE_SIZE = 256  # texts embedded between two savings; what an interruption can lose


class CachedEmbedder:
    """An embedder that asks the one inside only about texts that the store does not know."""

    def __init__(self, embedder: Embedder, vectors: VectorStore, slice_size: int = SLICE_SIZE) -> None:
        if slice_size < 1:
            raise ValueError(f"slice_size must be at least 1, not {slice_size}")
        self._embedder = embedder
        self._vectors = vectors
        self._slice_size = slice_size

    @property
    def name(self) -> str:
        return self._embedder.name

    def embed(self, texts: Sequence[str], on_progress: Callable[[int, int], None] | None = None) -> Vectors:
        """Vectors of unit length, shape `(len(texts), n_dimensions)`, in the order of `texts`.

        Args:
            on_progress: called with (texts embedded so far, texts to embed) at the start and after each
                slice; kept texts do not count, so it is not called when nothing is to be embedded.

        Raises:
            EmbeddingModelMissing: the model cannot be loaded, or gives vectors of several lengths.
        """
        rows = _Rows(texts, self._kept(texts))
        n_missing = len(rows.missing)
        if on_progress and n_missing:
            on_progress(0, n_missing)
        for n_embedded in self._fill(rows):
            if on_progress:
                on_progress(n_embedded, n_missing)
        return self._stack(rows)

    def _kept(self, texts: Sequence[str]) -> dict[str, Vectors]:
        hashes = dict.fromkeys(hash_text(text) for text in texts)
        return dict(self._vectors.load_vectors(self.name, list(hashes))) if hashes else {}

    def _fill(self, rows: _Rows) -> Iterator[int]:
        """Embed and keep what is missing, slice by slice; yield how many texts are done."""
        missing = list(rows.missing.items())
        for start in range(0, len(missing), self._slice_size):
            piece = missing[start : start + self._slice_size]
            vectors = self._embedder.embed([text for _, text in piece])
            fresh = {text_hash: vectors[row] for row, (text_hash, _) in enumerate(piece)}
            self._vectors.save_vectors(self.name, fresh)
            rows.vectors.update(fresh)
            yield start + len(piece)

    def _stack(self, rows: _Rows) -> Vectors:
        if not rows.hashes:
            return self._embedder.embed([])
        vectors = [rows.vectors[text_hash] for text_hash in rows.hashes]
        sizes = sorted({len(vector) for vector in vectors})
        if len(sizes) > 1:
            raise EmbeddingModelMissing(
                f"The embedder '{self.name}' gave vectors of {sizes[0]} and of {sizes[-1]} numbers under one name: "
                "give it another name when its vectors change."
            )
        return np.stack(vectors).astype(np.float32, copy=False)


class _Rows:
    """The hashes of the texts in order, their vectors so far, and the distinct texts still missing."""

    def __init__(self, texts: Sequence[str], kept: dict[str, Vectors]) -> None:
        self.hashes = [hash_text(text) for text in texts]
        self.vectors = kept
        self.missing = {
            text_hash: text for text_hash, text in zip(self.hashes, texts, strict=True) if text_hash not in kept
        }
