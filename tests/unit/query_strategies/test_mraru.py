from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from mraru.query_strategies.acceptance.adaptive import AdaptiveRule
from mraru.query_strategies.acceptance.paper_rule import PaperRule
from mraru.query_strategies.acceptance.sharpened import SharpenedRule
from mraru.query_strategies.mraru import MRaru, accepts
from mraru.query_strategies.uncertainty import normalized_uncertainty
from mraru.selection_records import SelectionEnd
from mraru.testing.counting_pools import CountingPool
from mraru.testing.uncertainty_student import UncertaintyStudent, vectors_of_uncertainty


def test_the_accept_frequency_of_a_text_equals_its_normalized_uncertainty() -> None:
    uncertainties = np.array([0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
    pool = CountingPool(vectors_of_uncertainty(uncertainties))
    student = UncertaintyStudent(n_classes=3)
    rng = np.random.default_rng(2511)
    visited = np.zeros(len(uncertainties))
    accepted = np.zeros(len(uncertainties))
    for _ in range(4000):
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


def test_the_accept_frequency_of_a_text_follows_the_rule() -> None:
    uncertainties = np.array([0.2, 0.5, 0.9])
    pool = CountingPool(vectors_of_uncertainty(uncertainties))
    sampler = MRaru(SharpenedRule(sharpness=2.0))
    rng = np.random.default_rng(4)
    visited, accepted = np.zeros(3), np.zeros(3)
    for _ in range(2000):
        for visit in sampler.select_batch(UncertaintyStudent(), pool, 1, rng).visits:
            assert visit.acceptance_probability == pytest.approx(uncertainties[visit.position] ** 2, abs=1e-6)
            assert visit.uncertainty == pytest.approx(uncertainties[visit.position], abs=1e-6)
            visited[visit.position] += 1
            accepted[visit.position] += visit.accepted
    chances = uncertainties**2
    assert (np.abs(accepted / visited - chances) <= 3.5 * np.sqrt(chances * (1 - chances) / visited)).all()


@pytest.mark.parametrize(
    "uncertainties",
    [np.random.default_rng(0).beta(0.05, 5, size=20_000), np.random.default_rng(0).beta(9, 1, size=20_000)],
    ids=["overconfident", "underconfident"],
)
def test_the_adaptive_rule_keeps_each_round_within_the_band_from_the_first_on(uncertainties: np.ndarray) -> None:
    sampler = MRaru(AdaptiveRule(rate=0.1))
    for seed in range(20):
        pool = CountingPool(vectors_of_uncertainty(uncertainties))
        selection = sampler.select_batch(UncertaintyStudent(), pool, 25, np.random.default_rng(seed))
        assert 0.05 <= selection.n_accepted / selection.n_visited <= 0.2
        assert dict(pool.embedded) == {visit.position: 1 for visit in selection.visits}
        chosen = list(selection.accepted)
        assert uncertainties[chosen].mean() > uncertainties.mean()


class SteeredByAll:
    """Decides nothing itself; remembers what it is steered by."""

    name = "steered"

    def __init__(self) -> None:
        self.steered_by: list[int] = []

    def measure(self, probabilities: np.ndarray) -> np.ndarray:
        return normalized_uncertainty(probabilities)

    def steer(self, visited: np.ndarray) -> PaperRule:
        self.steered_by.append(len(visited))
        return PaperRule()

    def acceptance_probability(self, uncertainties: np.ndarray) -> np.ndarray:
        raise AssertionError("the steered rule decides")


def test_a_rule_is_steered_by_all_that_was_visited_whenever_that_has_grown_by_a_tenth() -> None:
    rule = SteeredByAll()
    pool = CountingPool(vectors_of_uncertainty([0.05] * 2000))
    selection = MRaru(rule).select_batch(UncertaintyStudent(), pool, 25, np.random.default_rng(0))
    assert rule.steered_by[0] == 25
    assert rule.steered_by == sorted(set(rule.steered_by))
    assert selection.n_visited / 1.2 < rule.steered_by[-1] <= selection.n_visited
    assert len(rule.steered_by) < 50


def two_dimensional(angles: list[float]) -> np.ndarray:
    return np.column_stack([np.cos(angles), np.sin(angles)])


class UnsureStudent(UncertaintyStudent):
    """Has no idea of any text."""

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return np.full((len(X), 2), 0.5)


def test_near_duplicates_do_not_go_into_one_batch_and_say_why() -> None:
    pool = CountingPool(two_dimensional([0.0, 0.01, 0.02, 1.0, 1.01, 2.0]))
    selection = MRaru(max_similarity=0.95).select_batch(UnsureStudent(), pool, 3, np.random.default_rng(0))
    assert {position // 3 if position < 3 else position for position in selection.accepted} >= {0, 5}
    assert len(selection.accepted) == 3
    rejected = [visit for visit in selection.visits if visit.near_duplicate]
    assert rejected
    assert all(not visit.accepted and visit.acceptance_probability == 1.0 for visit in rejected)


def test_a_pool_of_nothing_but_near_duplicates_ends_with_its_own_reason() -> None:
    pool = CountingPool(two_dimensional([0.0, 0.01, 0.02, 0.03]))
    selection = MRaru(max_similarity=0.95).select_batch(UnsureStudent(), pool, 3, np.random.default_rng(0))
    assert (selection.end, selection.n_accepted, selection.n_visited) == (SelectionEnd.NEAR_DUPLICATES, 1, 4)
    assert set(pool.embedded.values()) == {1}


def test_texts_that_were_passed_over_are_compared_in_later_passes_without_embedding_them_again() -> None:
    class HalfSure(UncertaintyStudent):
        def predict_proba(self, X: np.ndarray) -> np.ndarray:
            return np.tile([0.9, 0.1], (len(X), 1))

    pool = CountingPool(two_dimensional([0.0, 0.01, 1.0, 1.01]))
    selection = MRaru(max_similarity=0.95).select_batch(HalfSure(), pool, 4, np.random.default_rng(0))
    assert selection.visits[-1].pass_number > 1
    assert (selection.end, selection.n_accepted) == (SelectionEnd.NEAR_DUPLICATES, 2)
    assert set(pool.embedded.values()) == {1}


@pytest.mark.parametrize("max_similarity", [-1.0, 1.1])
def test_a_similarity_that_is_none_is_refused(max_similarity: float) -> None:
    pool = CountingPool(two_dimensional([0.0]))
    with pytest.raises(ValueError, match="max_similarity"):
        MRaru(max_similarity=max_similarity).select_batch(UnsureStudent(), pool, 1, np.random.default_rng(0))


def test_memory_grows_with_what_is_visited_and_not_with_the_pool() -> None:
    class MadeOnTheFly:
        """A pool of any size whose vectors are worked out from their positions."""

        def __init__(self, n_texts: int) -> None:
            self.n_texts = n_texts

        def __len__(self) -> int:
            return self.n_texts

        def embed(self, positions: np.ndarray) -> np.ndarray:
            return vectors_of_uncertainty(positions * 0.618034 % 0.4)

    peaks = []
    for n_texts in (10**4, 10**4, 10**8):  # the first warms up
        tracemalloc.start()
        selection = MRaru().select_batch(UncertaintyStudent(), MadeOnTheFly(n_texts), 25, np.random.default_rng(0))
        peaks.append(tracemalloc.get_traced_memory()[1] / selection.n_visited)
        tracemalloc.stop()
    assert peaks[2] < 1.5 * peaks[1]
