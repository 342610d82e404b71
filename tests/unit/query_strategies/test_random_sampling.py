from __future__ import annotations

import numpy as np

from mraru.query_strategies.random_sampling import RandomSampling
from mraru.testing.counting_pools import CountingPool
from mraru.testing.uncertainty_student import UncertaintyStudent, vectors_of_uncertainty


def test_nothing_is_ever_embedded() -> None:
    pool = CountingPool(vectors_of_uncertainty([0.5] * 100))
    RandomSampling().select_batch(UncertaintyStudent(), pool, 25, np.random.default_rng(0))
    assert pool.n_calls == 0


def test_every_visit_is_accepted_with_probability_1() -> None:
    pool = CountingPool(vectors_of_uncertainty([0.0] * 100))
    selection = RandomSampling().select_batch(UncertaintyStudent(), pool, 25, np.random.default_rng(0))
    assert selection.n_visited == selection.n_accepted == 25
    assert {visit.acceptance_probability for visit in selection.visits} == {1.0}
