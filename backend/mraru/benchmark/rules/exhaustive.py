"""Exhaustive uncertainty sampling: scores the whole pool and takes the most unsure; what M-RARU spares."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Pool, Probabilities, Student
from mraru.query_strategies.uncertainty import closeness_of_top_two, normalized_entropy, normalized_uncertainty
from mraru.selection_records import Selection, SelectionEnd, Visit

SLICE = 65_536  # texts scored at once, so that a large pool's vectors need not be in memory together

Score = Callable[[Probabilities], NDArray[np.float64]]

SCORES: dict[str, Score] = {
    "least-confident": normalized_uncertainty,
    "margin": closeness_of_top_two,
    "entropy": normalized_entropy,
}


class ExhaustiveSampling:
    """Takes the `batch_size` texts of the highest score; ties in the pool's order."""

    def __init__(self, score: str) -> None:
        self.name = f"exhaustive-{score}"
        self._score = SCORES[score]

    def select_batch(self, student: Student, pool: Pool, batch_size: int, rng: np.random.Generator) -> Selection:
        """Score every text of the pool; only what is accepted stands among the visits.

        Raises:
            ValueError: the student's probabilities are unusable.
        """
        scores = score_pool(student, pool, self._score)
        return as_selection(np.argsort(-scores, kind="stable")[:batch_size], batch_size)


def score_pool(student: Student, pool: Pool, score: Score) -> NDArray[np.float64]:
    """The score of every text, shape `(len(pool),)`."""
    scores = np.empty(len(pool), dtype=np.float64)
    for start in range(0, len(pool), SLICE):
        positions = np.arange(start, min(start + SLICE, len(pool)), dtype=np.intp)
        scores[positions] = score(student.predict_proba(pool.embed(positions)))
    return scores


def as_selection(chosen: NDArray[np.intp], batch_size: int) -> Selection:
    """A selection of texts that were chosen, not drawn.

    >>> as_selection(np.array([3, 1]), batch_size=2).accepted
    (3, 1)
    """
    visits = tuple(
        Visit(position=position, acceptance_probability=1.0, accepted=True, pass_number=1)
        for position in chosen.tolist()
    )
    end = SelectionEnd.BATCH_FULL if len(visits) == batch_size else SelectionEnd.POOL_EMPTY
    return Selection(visits=visits, end=end)
