from __future__ import annotations

import numpy as np
import pytest

from fakes.pools import CountingPool
from fakes.students import UncertaintyStudent, vectors_of_uncertainty
from mraru.records import SelectionEnd
from mraru.sampling.mraru import MRaru, accepts


def test_the_accept_frequency_of_a_text_equals_its_normalized_uncertainty() -> None:
    uncertainties = np.array([0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
    pool = CountingPool(vectors_of_uncertainty(uncertainties))
    student = UncertaintyStudent(n_classes=3)
    rng = np.random.default_rng(2511)
    visited = np.zeros(len(uncertainties))
    accepted = np.zeros(len(uncertainties))
    for _ in range(12_000):
        for visit in MRaru().select_batch(student, pool, 2, rng).visits:
            visited[visit.position] += 1
            accepted[visit.position] += visit.accepted
    standard_error = np.sqrt(uncertainties * (1 - uncertainties) / visited)
    assert (np.abs(accepted / visited - uncertainties) <= 3.5 * standard_error + 1e-6).all()


@pytest.mark.parametrize("uncertainty", [0.0, 0.001, 0.25, 0.5, 0.999, 1.0])
def test_the_share_of_draws_that_accept_is_exactly_the_uncertainty(uncertainty: float) -> None:
    draws = np.arange(1000) / 1000
    assert sum(accepts(uncertainty, draw) for draw in draws) == uncertainty * 1000


def test_each_visit_reports_the_uncertainty_it_was_decided_by() -> None:
    uncertainties = np.array([0.1, 0.4, 0.8])
    pool = CountingPool(vectors_of_uncertainty(uncertainties))
    selection = MRaru().select_batch(UncertaintyStudent(5), pool, 3, np.random.default_rng(0))
    for visit in selection.visits:
        assert visit.acceptance_probability == pytest.approx(uncertainties[visit.position], abs=1e-6)


def test_about_batch_size_over_mean_uncertainty_texts_are_visited_whatever_the_pool_size() -> None:
    rng = np.random.default_rng(5)
    for n_texts in (2000, 20_000):
        uncertainties = rng.beta(1, 4, size=n_texts)
        pool = CountingPool(vectors_of_uncertainty(uncertainties))
        visited = [MRaru().select_batch(UncertaintyStudent(), pool, 25, rng).n_visited for _ in range(60)]
        expected = 25 / uncertainties.mean()
        standard_error = np.std(visited) / np.sqrt(len(visited))
        assert abs(np.mean(visited) - expected) < 4 * standard_error
        assert np.mean(visited) < n_texts / 10


def test_exactly_the_visited_texts_are_embedded_each_once() -> None:
    pool = CountingPool(vectors_of_uncertainty(np.linspace(0, 0.6, 500)))
    selection = MRaru().select_batch(UncertaintyStudent(), pool, 25, np.random.default_rng(1))
    assert selection.end is SelectionEnd.BATCH_FULL
    assert 25 < selection.n_visited < 500
    assert dict(pool.embedded) == {visit.position: 1 for visit in selection.visits}


def test_texts_are_embedded_in_chunks_rather_than_one_by_one() -> None:
    pool = CountingPool(vectors_of_uncertainty([1.0] * 100))
    selection = MRaru().select_batch(UncertaintyStudent(), pool, 25, np.random.default_rng(1))
    assert (selection.n_visited, pool.n_calls) == (25, 1)


def test_the_selection_ends_with_the_visit_that_fills_the_batch() -> None:
    for seed in range(20):
        pool = CountingPool(vectors_of_uncertainty([0.3] * 300))
        selection = MRaru().select_batch(UncertaintyStudent(), pool, 10, np.random.default_rng(seed))
        assert selection.visits[-1].accepted
        assert selection.n_accepted == 10


def test_later_passes_visit_only_what_was_not_accepted_and_embed_nothing_again() -> None:
    pool = CountingPool(vectors_of_uncertainty([0.2] * 30))
    selection = MRaru().select_batch(UncertaintyStudent(), pool, 20, np.random.default_rng(0))
    assert selection.end is SelectionEnd.BATCH_FULL
    assert selection.visits[-1].pass_number > 1
    assert set(pool.embedded.values()) == {1}
    still_there = set(range(30))
    last_pass = selection.visits[-1].pass_number
    for number in range(1, last_pass + 1):
        visits = [visit for visit in selection.visits if visit.pass_number == number]
        positions = {visit.position for visit in visits}
        assert positions == still_there if number < last_pass else positions <= still_there
        still_there -= {visit.position for visit in visits if visit.accepted}


def test_each_pass_has_an_order_of_its_own() -> None:
    pool = CountingPool(vectors_of_uncertainty([1e-6] * 30))
    selection = MRaru(max_passes=2).select_batch(UncertaintyStudent(), pool, 5, np.random.default_rng(0))
    first, second = ([v.position for v in selection.visits if v.pass_number == number] for number in (1, 2))
    assert sorted(first) == sorted(second) == list(range(30))
    assert first != second


def test_a_pool_without_uncertainty_ends_after_one_pass() -> None:
    pool = CountingPool(vectors_of_uncertainty([0.0] * 12))
    selection = MRaru().select_batch(UncertaintyStudent(), pool, 5, np.random.default_rng(0))
    assert (selection.end, selection.n_visited, selection.n_accepted) == (SelectionEnd.NO_UNCERTAINTY, 12, 0)


def test_no_uncertainty_is_reported_as_soon_as_only_certain_texts_are_left() -> None:
    pool = CountingPool(vectors_of_uncertainty([1.0, 1.0, 0.0, 0.0]))
    selection = MRaru().select_batch(UncertaintyStudent(), pool, 4, np.random.default_rng(0))
    assert (selection.end, selection.n_visited) == (SelectionEnd.NO_UNCERTAINTY, 4)
    assert sorted(selection.accepted) == [0, 1]


def test_max_passes_ends_a_selection_that_accepts_next_to_nothing() -> None:
    pool = CountingPool(vectors_of_uncertainty([1e-7] * 10))
    selection = MRaru(max_passes=3).select_batch(UncertaintyStudent(), pool, 5, np.random.default_rng(0))
    assert (selection.end, selection.n_visited) == (SelectionEnd.MAX_PASSES, 30)


def test_a_pool_used_up_in_the_last_pass_is_empty_rather_than_out_of_passes() -> None:
    pool = CountingPool(vectors_of_uncertainty([1.0] * 4))
    selection = MRaru(max_passes=1).select_batch(UncertaintyStudent(), pool, 5, np.random.default_rng(0))
    assert (selection.end, selection.n_accepted) == (SelectionEnd.POOL_EMPTY, 4)


def test_a_batch_of_none_visits_nothing() -> None:
    pool = CountingPool(vectors_of_uncertainty([0.5] * 4))
    selection = MRaru().select_batch(UncertaintyStudent(), pool, 0, np.random.default_rng(0))
    assert (selection.visits, pool.n_calls) == ((), 0)


def test_at_least_one_pass_is_needed() -> None:
    with pytest.raises(ValueError, match="max_passes"):
        MRaru(max_passes=0)
