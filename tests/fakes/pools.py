"""Pools that count what is asked of them."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Vectors


class CountingPool:
    """A pool of given vectors that remembers which positions were embedded, and how often."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = np.asarray(vectors, dtype=np.float32)
        self.embedded: Counter[int] = Counter()
        self.n_calls = 0

    def __len__(self) -> int:
        return len(self.vectors)

    def embed(self, positions: NDArray[np.intp]) -> Vectors:
        self.n_calls += 1
        self.embedded.update(int(position) for position in positions)
        return self.vectors[positions]
