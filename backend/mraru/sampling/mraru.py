"""M-RARU: visit texts at random, accept each with a probability equal to its uncertainty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Pool, Student
from mraru.records import Selection, SelectionEnd, Visit
from mraru.sampling.uncertainty import normalized_uncertainty

DEFAULT_MAX_PASSES = 50  # passes over the pool


def accepts(uncertainty: float, draw: float) -> bool:
    """Decide on one visited text: for a draw uniform in [0, 1), true with probability `uncertainty`.

    >>> accepts(0.0, draw=0.0), accepts(0.3, draw=0.2), accepts(0.3, draw=0.3), accepts(1.0, draw=0.999)
    (False, True, False, True)
    """
    return draw < uncertainty


class MRaru:
    """Multi-class Randomized Accept/Reject Uncertainty sampling (arXiv:2511.11574).

    Texts are visited in uniformly random order, without replacement within a pass, and accepted with
    probability exactly `u(x)`; the batch's last acceptance ends the selection. So about
    `batch_size / mean(u)` texts are embedded, however large the pool is.
    """

    name = "mraru"

    def __init__(self, max_passes: int = DEFAULT_MAX_PASSES) -> None:
        if max_passes < 1:
            raise ValueError(f"max_passes must be at least 1, not {max_passes}")
        self.max_passes = max_passes

    def select_batch(self, student: Student, pool: Pool, batch_size: int, rng: np.random.Generator) -> Selection:
        """Visit texts of the pool and accept up to `batch_size` of them.

        Args:
            student: a fitted student; it is asked about visited texts alone, about each once.
            pool: the unlabelled texts; only visited ones are embedded, each once.
            batch_size: texts to accept; with 0 nothing is visited.
            rng: the source of every random choice.

        Returns:
            Every visit in order, and why the selection ended: `BATCH_FULL`; `POOL_EMPTY` when no text
            is left to visit; `NO_UNCERTAINTY` when every text left has uncertainty 0; `MAX_PASSES`.

        Raises:
            ValueError: `batch_size` is negative, or the student's probabilities are unusable.
        """
        if batch_size < 0:
            raise ValueError(f"batch_size must not be negative, but is {batch_size}")
        visits: list[Visit] = []
        if batch_size == 0:
            return Selection(visits=(), end=SelectionEnd.BATCH_FULL)

        scores = _Scores(student, pool)
        remaining: NDArray[np.intp] = np.arange(len(pool), dtype=np.intp)
        n_wanted = batch_size
        for pass_number in range(1, self.max_passes + 1):
            if remaining.size == 0:
                return Selection(visits=tuple(visits), end=SelectionEnd.POOL_EMPTY)
            order = rng.permutation(remaining)
            rejected: list[int] = []
            start = 0
            while start < order.size:
                # Accepting n_wanted texts takes at least n_wanted visits, so every text of this chunk
                # is surely visited: embedding it in one call computes nothing that is thrown away.
                chunk = order[start : start + n_wanted]
                start += chunk.size
                draws = rng.random(chunk.size)
                uncertainties = scores.of(chunk)
                for position, uncertainty, draw in zip(
                    chunk.tolist(), uncertainties.tolist(), draws.tolist(), strict=True
                ):
                    accepted = accepts(uncertainty, draw)
                    visits.append(
                        Visit(
                            position=position,
                            acceptance_probability=uncertainty,
                            accepted=accepted,
                            pass_number=pass_number,
                        )
                    )
                    if accepted:
                        n_wanted -= 1
                    else:
                        rejected.append(position)
                if n_wanted == 0:
                    return Selection(visits=tuple(visits), end=SelectionEnd.BATCH_FULL)
            remaining = np.array(rejected, dtype=np.intp)
            if remaining.size and not scores.of(remaining).any():
                return Selection(visits=tuple(visits), end=SelectionEnd.NO_UNCERTAINTY)
        end = SelectionEnd.MAX_PASSES if remaining.size else SelectionEnd.POOL_EMPTY
        return Selection(visits=tuple(visits), end=end)


class _Scores:
    """Uncertainties remembered within one selection, so that later passes embed nothing again."""

    def __init__(self, student: Student, pool: Pool) -> None:
        self._student = student
        self._pool = pool
        self._by_position: dict[int, float] = {}

    def of(self, positions: NDArray[np.intp]) -> NDArray[np.float64]:
        """Uncertainties in the order of `positions`, shape `(len(positions),)`."""
        unseen = np.array([p for p in positions.tolist() if p not in self._by_position], dtype=np.intp)
        if unseen.size:
            fresh = normalized_uncertainty(self._student.predict_proba(self._pool.embed(unseen)))
            self._by_position.update(zip(unseen.tolist(), fresh.tolist(), strict=True))
        return np.array([self._by_position[p] for p in positions.tolist()], dtype=np.float64)
