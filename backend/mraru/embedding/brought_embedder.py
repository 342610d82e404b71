"""An embedder of another package, held to what ours promise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mraru.errors import EmbeddingModelMissing
from mraru.interfaces import Embedder, Vectors
from mraru.plugins import comes_from_outside


class BroughtEmbedder:
    """Gives vectors of unit length, and a name of its own: its vectors are kept beside no other model's."""

    def __init__(self, embedder: Embedder, brought_as: str) -> None:
        """Nothing is embedded yet.

        Args:
            brought_as: the name of its entry point.
        """
        self._embedder = embedder
        self._brought_as = brought_as
        self._n_numbers: int | None = None  # of a vector

    @property
    def name(self) -> str:
        return f"{self._brought_as}:{self._embedder.name}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of unit length, shape `(len(texts), n_dimensions)`, in the order of `texts`.

        Raises:
            EmbeddingModelMissing: it gives none, or no such vectors.
        """
        try:
            vectors = np.array(self._embedder.embed(list(texts)), dtype=np.float32)
        except BaseException as exc:  # whatever the other package does
            if comes_from_outside(exc):
                raise
            raise EmbeddingModelMissing(
                f"The embedder '{self._brought_as}' (MRARU_EMBEDDER) fails: {type(exc).__name__}."
            ) from exc
        if not texts and vectors.size == 0:
            vectors = vectors.reshape(0, vectors.shape[-1] if vectors.ndim else 0)
        elif vectors.ndim != 2 or len(vectors) != len(texts) or not vectors.size or not np.isfinite(vectors).all():
            raise EmbeddingModelMissing(
                f"The embedder '{self._brought_as}' (MRARU_EMBEDDER) must give finite vectors, one a text: it gave an "
                f"array of shape {vectors.shape} for {len(texts)} texts."
            )
        if self._n_numbers not in (None, vectors.shape[1]) and texts:
            raise EmbeddingModelMissing(
                f"The embedder '{self._brought_as}' (MRARU_EMBEDDER) gave vectors of {self._n_numbers} numbers, then "
                f"of {vectors.shape[1]}: all must be alike."
            )
        self._n_numbers = vectors.shape[1] if texts else self._n_numbers
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        scaled: Vectors = vectors / np.where(lengths > 0, lengths, 1)
        return scaled
