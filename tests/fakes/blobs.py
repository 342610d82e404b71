"""Texts of a theme and vectors around a point for each theme: data sets that students learn in no time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fakes.embedders import CountingEmbedder
from mraru.benchmark.core.data_sets import DataSet
from mraru.interfaces import Vectors

THEMES = ("food", "sport", "tech")


class BlobEmbedder(CountingEmbedder):
    """Texts that begin with the same word lie around one point, `spread` apart from it."""

    def __init__(self, n_dimensions: int = 8, spread: float = 1.0) -> None:
        super().__init__(name="blobs", n_dimensions=n_dimensions)
        self._spread = spread

    def _vector(self, text: str) -> Vectors:
        vector = super()._vector(text.split()[0]) + self._spread * super()._vector(text)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def theme_texts(n_texts: int, themes: Sequence[str] = THEMES) -> tuple[list[str], list[str]]:
    """Texts such as `food 7`, and their themes."""
    labels = [themes[number % len(themes)] for number in range(n_texts)]
    return [f"{label} {number}" for number, label in enumerate(labels)], labels


def make_blobs(n_pool: int = 200, n_test: int = 100, spread: float = 1.2) -> DataSet:
    """A data set of three themes that overlap."""
    texts, labels = theme_texts(n_pool + n_test)
    X = BlobEmbedder(spread=spread).embed(texts)
    y = np.array(labels)
    return DataSet(name="blobs", X=X[:n_pool], y=y[:n_pool], X_test=X[n_pool:], y_test=y[n_pool:])
