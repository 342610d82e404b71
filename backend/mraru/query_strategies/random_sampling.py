"""Random sampling: the baseline that M-RARU is measured against."""

from __future__ import annotations

import numpy as np

from mraru.interfaces import Pool, Student
from mraru.query_strategies.visiting_order import VisitingOrder
from mraru.selection_records import Selection, SelectionEnd, Visit


class RandomSampling:
    """Every text of the pool is equally likely to be chosen; the student and the vectors play no part."""

    name = "random"

    def select_batch(self, student: Student, pool: Pool, batch_size: int, rng: np.random.Generator) -> Selection:
        """Accept `batch_size` texts of the pool as `select_uniformly` does; embed none."""
        return select_uniformly(pool, batch_size, rng)


def select_uniformly(pool: Pool, batch_size: int, rng: np.random.Generator) -> Selection:
    """Accept `batch_size` texts of the pool, drawn uniformly without replacement, and embed none.

    Returns:
        Visits that were all accepted, and `POOL_EMPTY` when there were fewer than asked for.

    Raises:
        ValueError: `batch_size` is negative.
    """
    if batch_size < 0:
        raise ValueError(f"batch_size must not be negative, but is {batch_size}")
    visits = tuple(
        Visit(position=position, acceptance_probability=1.0, accepted=True, pass_number=1)
        for position in VisitingOrder(pool, rng).take(batch_size).tolist()
    )
    end = SelectionEnd.BATCH_FULL if len(visits) == batch_size else SelectionEnd.POOL_EMPTY
    return Selection(visits=visits, end=end)
