"""What every query strategy must keep to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mraru.interfaces import Sampler, Vectors
from mraru.selection_records import SelectionEnd
from mraru.testing.counting_pools import CountingPool, GappyPool
from mraru.testing.uncertainty_student import UncertaintyStudent, vectors_of_uncertainty

every_pool = pytest.mark.parametrize("make_pool", [CountingPool, GappyPool], ids=["dense", "sparse"])
uncertainties = st.lists(st.sampled_from([0.0, 0.01, 0.2, 0.5, 0.9, 1.0]), max_size=40)


def spread_pool(n_texts: int = 200) -> CountingPool:
    return CountingPool(vectors_of_uncertainty(np.linspace(0.05, 0.95, n_texts)))


class QueryStrategyLaws:
    """Inherit from it in a class of tests, and give the strategy as `sampler`."""

    @pytest.fixture(scope="class")
    @classmethod
    def sampler(cls) -> Sampler:
        raise NotImplementedError("a class of tests says which strategy it tests")

    def test_the_same_seed_selects_the_same_texts(self, sampler: Sampler) -> None:
        first = sampler.select_batch(UncertaintyStudent(), spread_pool(), 25, np.random.default_rng(3))
        second = sampler.select_batch(UncertaintyStudent(), spread_pool(), 25, np.random.default_rng(3))
        assert first == second

    def test_another_seed_selects_other_texts(self, sampler: Sampler) -> None:
        first = sampler.select_batch(UncertaintyStudent(), spread_pool(), 25, np.random.default_rng(3))
        second = sampler.select_batch(UncertaintyStudent(), spread_pool(), 25, np.random.default_rng(4))
        assert first.accepted != second.accepted

    def test_all_randomness_comes_from_the_generator(self, sampler: Sampler) -> None:
        np.random.seed(0)
        before = np.random.get_state()[1].tolist()  # type: ignore[index]
        rng = np.random.default_rng(3)
        first = sampler.select_batch(UncertaintyStudent(), spread_pool(), 25, rng)
        second = sampler.select_batch(UncertaintyStudent(), spread_pool(), 25, rng)
        assert first.accepted != second.accepted, "the generator must have moved on"
        assert np.random.get_state()[1].tolist() == before  # type: ignore[index]

    def test_inputs_are_not_mutated(self, sampler: Sampler) -> None:
        pool = spread_pool()
        before = pool.vectors.copy()
        pool.vectors.setflags(write=False)
        sampler.select_batch(UncertaintyStudent(), pool, 25, np.random.default_rng(0))
        np.testing.assert_array_equal(pool.vectors, before)

    @every_pool
    @settings(deadline=None, derandomize=True, max_examples=60)
    @given(uncertainties=uncertainties, batch_size=st.integers(0, 50), seed=st.integers(0, 1000))
    def test_a_selection_is_consistent_whatever_the_pool(
        self,
        sampler: Sampler,
        make_pool: Callable[[Vectors], CountingPool],
        uncertainties: list[float],
        batch_size: int,
        seed: int,
    ) -> None:
        pool = make_pool(vectors_of_uncertainty(uncertainties))
        selection = sampler.select_batch(UncertaintyStudent(), pool, batch_size, np.random.default_rng(seed))

        accepted = selection.accepted
        assert len(set(accepted)) == len(accepted) <= batch_size, "never twice, never too many"
        positions = [visit.position for visit in selection.visits]
        assert all(type(position) is int for position in positions)
        assert set(positions) <= set(pool.positions), "gaps are never visited"
        assert selection.n_accepted == len(accepted) <= selection.n_visited == len(selection.visits)
        assert len(set(positions)) == min(selection.n_visited, len(pool)), (
            "a pass goes through the pool before the next"
        )
        assert all(0.0 <= visit.acceptance_probability <= 1.0 for visit in selection.visits)
        assert all(visit.acceptance_probability > 0.0 for visit in selection.visits if visit.accepted)
        visits_by_pass = [(visit.pass_number, visit.position) for visit in selection.visits]
        assert len(set(visits_by_pass)) == len(visits_by_pass), "without replacement within a pass"
        assert sorted(number for number, _ in visits_by_pass) == [number for number, _ in visits_by_pass]
        assert (selection.end is SelectionEnd.BATCH_FULL) == (len(accepted) == batch_size)
        if selection.end is SelectionEnd.POOL_EMPTY:
            assert len(accepted) == len(pool)
        assert set(pool.embedded) <= set(positions), "what is not visited is not embedded"
        assert all(times == 1 for times in pool.embedded.values()), "nothing is embedded twice"

    def test_an_empty_pool_ends_at_once(self, sampler: Sampler) -> None:
        pool = CountingPool(np.empty((0, 1)))
        selection = sampler.select_batch(UncertaintyStudent(), pool, 25, np.random.default_rng(0))
        assert (selection.visits, selection.end) == ((), SelectionEnd.POOL_EMPTY)

    @every_pool
    def test_a_pool_smaller_than_the_batch_is_taken_whole(
        self, sampler: Sampler, make_pool: Callable[[Vectors], CountingPool]
    ) -> None:
        pool = make_pool(vectors_of_uncertainty([0.5] * 7))
        selection = sampler.select_batch(UncertaintyStudent(), pool, 25, np.random.default_rng(0))
        assert sorted(selection.accepted) == pool.positions
        assert selection.end is SelectionEnd.POOL_EMPTY

    def test_a_negative_batch_is_refused(self, sampler: Sampler) -> None:
        with pytest.raises(ValueError, match="must not be negative"):
            sampler.select_batch(UncertaintyStudent(), spread_pool(), -1, np.random.default_rng(0))

    @every_pool
    def test_every_text_is_equally_likely_to_be_visited_first(
        self, sampler: Sampler, make_pool: Callable[[Vectors], CountingPool]
    ) -> None:
        n_texts, n_draws = 10, 1000
        rng = np.random.default_rng(11)
        pool = make_pool(vectors_of_uncertainty(np.linspace(0.1, 1.0, n_texts)))
        first = [sampler.select_batch(UncertaintyStudent(), pool, 1, rng).visits[0].position for _ in range(n_draws)]
        counts = np.bincount(first, minlength=max(pool.positions) + 1)[pool.positions]
        chi_squared = ((counts - n_draws / n_texts) ** 2 / (n_draws / n_texts)).sum()
        assert chi_squared < 27.9, "p < 0.001 with 9 degrees of freedom"
