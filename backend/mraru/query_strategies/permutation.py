"""A random order of any number of positions that is computed where it is needed, never stored."""

from __future__ import annotations

from math import isqrt

import numpy as np
from numpy.typing import NDArray

N_ROUNDS = 16  # of the Feistel network: with fewer, orders of 5 or 6 positions are not equally likely
MOST_POSITIONS = 2**60

# Multipliers of MurmurHash3's 64-bit finalizer (Austin Appleby, public domain).
_FIRST_MULTIPLIER = np.uint64(0xFF51AFD7ED558CCD)
_SECOND_MULTIPLIER = np.uint64(0xC4CEB9FE1A85EC53)
_SHIFT = np.uint64(33)


class Permutation:
    """A pseudo-random permutation of `range(n)` in O(1) memory.

    An unbalanced Feistel network over `a * b` numbers with `a * b` hardly above `n`; what falls outside of `range(n)`
    goes through it again until it falls inside (cycle walking: Black and Rogaway, "Ciphers with Arbitrary Finite
    Domains", 2002). Random enough for sampling; no cipher to keep secrets with.
    """

    def __init__(self, n: int, rng: np.random.Generator) -> None:
        """Draw the permutation.

        Raises:
            ValueError: `n` is negative or above 2 ** 60.
        """
        if not 0 <= n <= MOST_POSITIONS:
            raise ValueError(f"n must be between 0 and 2 ** 60, not {n}")
        self._n = n
        rows = isqrt(max(n - 1, 0)) + 1
        columns = max(1, -(-n // rows))
        self._keys = rng.integers(2**64, size=N_ROUNDS, dtype=np.uint64)
        self._rows, self._columns = np.uint64(rows), np.uint64(columns)

    def __len__(self) -> int:
        return self._n

    def at(self, start: int, stop: int) -> NDArray[np.intp]:
        """What stands at the places from `start` to before `stop` or the end, shape `(n_places,)`.

        >>> order = Permutation(10, np.random.default_rng(0))
        >>> sorted(order.at(0, 4).tolist() + order.at(4, 99).tolist())
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
        """
        numbers = self._shuffled(np.arange(start, min(stop, self._n), dtype=np.uint64))
        outside = np.flatnonzero(numbers >= self._n)
        while outside.size:
            numbers[outside] = self._shuffled(numbers[outside])
            outside = outside[numbers[outside] >= self._n]
        return numbers.astype(np.intp)

    def _shuffled(self, numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
        left, right = np.divmod(numbers, self._columns)
        for left_key, right_key in self._keys.reshape(-1, 2):
            left = (left + _mixed(right, left_key) % self._rows) % self._rows
            right = (right + _mixed(left, right_key) % self._columns) % self._columns
        shuffled: NDArray[np.uint64] = left * self._columns + right
        return shuffled


def _mixed(numbers: NDArray[np.uint64], key: np.uint64) -> NDArray[np.uint64]:
    """A hash of each number under the key; multiplication wraps around."""
    mixed = numbers ^ key
    mixed = (mixed ^ (mixed >> _SHIFT)) * _FIRST_MULTIPLIER
    mixed = (mixed ^ (mixed >> _SHIFT)) * _SECOND_MULTIPLIER
    return mixed ^ (mixed >> _SHIFT)
