"""Pools that count what is asked of them."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mraru.interfaces import Vectors


class CountingPool:
    """A pool of given vectors that remembers which positions were embedded, and how often."""

    def __init__(self, vectors: ArrayLike) -> None:
        self.vectors: Vectors = np.asarray(vectors, dtype=np.float32)
        self.embedded: Counter[int] = Counter()
        self.n_calls = 0

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def positions(self) -> list[int]:
        """Those that hold a text."""
        return list(range(len(self)))

    def embed(self, positions: NDArray[np.intp]) -> Vectors:
        self.n_calls += 1
        self.embedded.update(int(position) for position in positions)
        return self.vectors[positions]


class GappyPool(CountingPool):
    """The same as a `SparsePool`: only every third position holds a text."""

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def positions(self) -> list[int]:
        return list(range(1, self.n_positions, 3))

    @property
    def n_positions(self) -> int:
        return 3 * len(self.vectors)

    def holds(self, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
        held: NDArray[np.bool_] = positions % 3 == 1
        return held

    def embed(self, positions: NDArray[np.intp]) -> Vectors:
        self.n_calls += 1
        self.embedded.update(int(position) for position in positions)
        assert self.holds(positions).all()
        return self.vectors[positions // 3]
