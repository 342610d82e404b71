"""The order in which a pass visits the texts of a pool: random, and worked out only as far as it goes."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Pool, SparsePool
from mraru.query_strategies.permutation import Permutation

BLOCK = 256  # positions worked out at once


class VisitingOrder:
    """One pass over a pool, each text at most once; memory and time grow with what is taken, not with the pool."""

    def __init__(self, pool: Pool, rng: np.random.Generator, skipped: Container[int] = frozenset()) -> None:
        """Draw the order.

        Args:
            skipped: positions that the pass leaves out, looked at as it goes.
        """
        self._pool = pool
        self._skipped = skipped
        self._permutation = Permutation(pool.n_positions if isinstance(pool, SparsePool) else len(pool), rng)
        self._place = 0  # in the permutation
        self._waiting: NDArray[np.intp] = np.empty(0, dtype=np.intp)

    def take(self, n_wanted: int) -> NDArray[np.intp]:
        """The next positions, shape `(n_wanted,)` or less at the end of the pass."""
        while self._waiting.size < n_wanted and self._place < len(self._permutation):
            block = self._permutation.at(self._place, self._place + BLOCK)
            self._place += block.size
            kept = np.array([position not in self._skipped for position in block.tolist()], dtype=np.bool_)
            block = block[kept]
            if isinstance(self._pool, SparsePool):
                block = block[self._pool.holds(block)]
            self._waiting = np.concatenate([self._waiting, block])
        taken, self._waiting = self._waiting[:n_wanted], self._waiting[n_wanted:]
        return taken
