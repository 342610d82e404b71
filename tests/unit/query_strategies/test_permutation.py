from __future__ import annotations

import tracemalloc
from collections import Counter
from itertools import chain, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mraru.query_strategies.permutation import Permutation


@settings(deadline=None, derandomize=True, max_examples=200)
@given(n=st.integers(0, 3000), seed=st.integers(0, 2**32))
def test_every_position_comes_exactly_once(n: int, seed: int) -> None:
    order = Permutation(n, np.random.default_rng(seed)).at(0, n)
    assert len(order) == n
    assert sorted(order.tolist()) == list(range(n))


@settings(deadline=None, derandomize=True, max_examples=50)
@given(n=st.integers(1, 2**60), seed=st.integers(0, 2**32), start=st.integers(0, 2**60))
def test_places_of_the_largest_pools_hold_distinct_positions_within_them(n: int, seed: int, start: int) -> None:
    order = Permutation(n, np.random.default_rng(seed)).at(start, start + 500)
    assert len(order) == min(500, max(0, n - start))
    assert len(set(order.tolist())) == len(order)
    assert all(0 <= position < n for position in order.tolist())


@settings(deadline=None, derandomize=True, max_examples=50)
@given(n=st.integers(1, 500), cuts=st.lists(st.integers(0, 500), max_size=4))
def test_pieces_make_up_the_whole(n: int, cuts: list[int]) -> None:
    permutation = Permutation(n, np.random.default_rng(0))
    places = [0, *sorted(cuts), n + 500]
    pieces = [permutation.at(start, stop).tolist() for start, stop in pairwise(places)]
    assert list(chain.from_iterable(pieces)) == permutation.at(0, n).tolist()


def test_every_order_of_a_few_positions_is_equally_likely() -> None:
    rng = np.random.default_rng(2511)
    n_drawn = 6000
    orders = Counter(tuple(Permutation(5, rng).at(0, 5).tolist()) for _ in range(n_drawn))
    expected = n_drawn / 120
    chi_squared = sum((count - expected) ** 2 / expected for count in orders.values())
    chi_squared += (120 - len(orders)) * expected
    assert chi_squared < 172, "p < 0.001 with 119 degrees of freedom"


@pytest.mark.parametrize("n", [7, 20, 10**8])
@pytest.mark.parametrize("place", [0, 1, 6])
def test_every_position_is_equally_likely_at_any_place(n: int, place: int) -> None:
    rng = np.random.default_rng(7)
    n_drawn, n_cells = 2000, min(n, 20)
    drawn = [int(Permutation(n, rng).at(place, place + 1)[0]) for _ in range(n_drawn)]
    counts = np.bincount(np.array(drawn) * n_cells // n, minlength=n_cells)
    chi_squared = ((counts - n_drawn / n_cells) ** 2 / (n_drawn / n_cells)).sum()
    assert chi_squared < {7: 22.5, 20: 43.8}[n_cells], "p < 0.001"


@pytest.mark.parametrize("n", [1000, 10**6, 10**8])
def test_neighbours_in_the_order_say_nothing_of_each_other(n: int) -> None:
    order = Permutation(n, np.random.default_rng(1)).at(0, 20_000) / n
    assert abs(np.corrcoef(order[1:], order[:-1])[0, 1]) < 4 / np.sqrt(len(order))
    steps = np.histogram((order[1:] - order[:-1]) % 1.0, bins=20, range=(0, 1))[0]
    expected = steps.sum() / 20
    assert ((steps - expected) ** 2 / expected).sum() < 43.8, "p < 0.001 with 19 degrees of freedom"


def test_the_same_seed_gives_the_same_order_and_another_another() -> None:
    first, again, other = (Permutation(1000, np.random.default_rng(seed)).at(0, 1000) for seed in (3, 3, 4))
    assert first.tolist() == again.tolist()
    assert (first == other).mean() < 0.02


def test_memory_does_not_grow_with_the_number_of_positions() -> None:
    peaks = []
    for n in (10**3, 10**3, 10**9):  # the first warms up
        tracemalloc.start()
        Permutation(n, np.random.default_rng(0)).at(0, 256)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.5 * peaks[1]


@pytest.mark.parametrize("n", [-1, 2**60 + 1])
def test_numbers_of_positions_out_of_range_are_refused(n: int) -> None:
    with pytest.raises(ValueError, match="n must be between"):
        Permutation(n, np.random.default_rng(0))
