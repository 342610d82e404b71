"""Embedders without a model, and a vector store without a database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from mraru.interfaces import Vectors


class CountingEmbedder:
    """Gives every text its own unit vector and remembers every text it was asked about."""

    def __init__(self, name: str = "counting", n_dimensions: int = 4) -> None:
        self.name = name
        self.n_dimensions = n_dimensions
        self.calls: list[list[str]] = []

    @property
    def embedded(self) -> list[str]:
        return [text for call in self.calls for text in call]

    def embed(self, texts: Sequence[str]) -> Vectors:
        if texts:
            self.calls.append(list(texts))
        vectors = [self._vector(text) for text in texts]
        return np.array(vectors, dtype=np.float32).reshape(len(texts), self.n_dimensions)

    def _vector(self, text: str) -> Vectors:
        seed = int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
        vector = np.random.default_rng(seed).normal(size=self.n_dimensions)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


class MemoryVectors:
    """A `VectorStore` in a dict."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Vectors] = {}
        self.n_savings = 0

    def load_vectors(self, model: str, text_hashes: Sequence[str]) -> dict[str, Vectors]:
        return {h: self.kept[model, h] for h in text_hashes if (model, h) in self.kept}

    def save_vectors(self, model: str, vectors: Mapping[str, Vectors]) -> None:
        self.n_savings += 1
        self.kept.update({(model, h): vector for h, vector in vectors.items()})
