from __future__ import annotations

import numpy as np

from mraru.query_strategies.visiting_order import BLOCK, VisitingOrder
from mraru.testing.counting_pools import CountingPool, GappyPool


def take_all(order: VisitingOrder, piece: int) -> list[int]:
    taken: list[int] = []
    while (positions := order.take(piece)).size:
        taken += positions.tolist()
    return taken


def test_pieces_of_any_size_visit_every_text_once_in_one_order() -> None:
    pool = CountingPool(np.zeros((3 * BLOCK + 7, 1)))
    whole = take_all(VisitingOrder(pool, np.random.default_rng(0)), 10_000)
    assert sorted(whole) == pool.positions != whole
    assert take_all(VisitingOrder(pool, np.random.default_rng(0)), 25) == whole


def test_gaps_are_left_out() -> None:
    pool = GappyPool(np.zeros((2 * BLOCK, 1)))
    assert sorted(take_all(VisitingOrder(pool, np.random.default_rng(0)), 7)) == pool.positions


def test_a_piece_is_as_long_as_asked_for_until_the_end_whatever_the_gaps() -> None:
    order = VisitingOrder(GappyPool(np.zeros((BLOCK, 1))), np.random.default_rng(0))
    assert [order.take(100).size for _ in range(4)] == [100, 100, BLOCK - 200, 0]


def test_skipped_positions_are_left_out() -> None:
    pool = CountingPool(np.zeros((40, 1)))
    skipped = set(range(0, 40, 2))
    order = VisitingOrder(pool, np.random.default_rng(0), skipped)
    assert sorted(take_all(order, 3)) == list(range(1, 40, 2))


def test_an_empty_pool_has_no_order() -> None:
    assert VisitingOrder(CountingPool(np.zeros((0, 1))), np.random.default_rng(0)).take(5).size == 0
