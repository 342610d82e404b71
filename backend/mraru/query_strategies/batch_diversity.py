"""Keeps near-duplicates out of one batch: each text is compared with the accepted ones alone, not with the pool."""

from __future__ import annotations

import numpy as np

from mraru.interfaces import Vectors


class BatchDiversity:
    """The accepted texts of a batch, and what is too similar to one of them."""

    def __init__(self, max_similarity: float) -> None:
        """The batch is empty.

        Args:
            max_similarity: cosine similarity, in (-1, 1]; above it, texts are near-duplicates.

        Raises:
            ValueError: it is not in that range.
        """
        if not -1.0 < max_similarity <= 1.0:
            raise ValueError(f"max_similarity must be above -1 and at most 1, not {max_similarity}")
        self._max_similarity = max_similarity
        self._accepted: list[Vectors] = []

    def admits(self, vector: Vectors) -> bool:
        """Take a text into the batch, unless it is too similar to one that is there.

        Args:
            vector: shape `(n_dimensions,)`, of whatever length.

        >>> batch = BatchDiversity(0.9)
        >>> batch.admits(np.array([1.0, 0.0])), batch.admits(np.array([2.0, 0.1])), batch.admits(np.array([0.0, 1.0]))
        (True, False, True)
        """
        length = np.linalg.norm(vector)
        unit = vector / length if length > 0.0 else vector
        if self._accepted and float((np.stack(self._accepted) @ unit).max()) > self._max_similarity:
            return False
        self._accepted.append(unit)
        return True
