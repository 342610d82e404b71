"""Bounds that hold at all looks at once: of populations of any size, and of labels that grow in number meanwhile."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mraru.quality.audit.audit_sample import next_draws, settled_sample
from mraru.quality.audit.intervals import wilson_interval
from mraru.quality.audit.sequential_bound import ERROR, at_least, at_most, first_below

pytestmark = pytest.mark.slow

N_DRAWS = 1500
TOLERANCE = 0.012  # two standard deviations of a share of 5 % among so many


def draw_hits(n_right: int, n_population: int, seed: int) -> list[bool]:
    hits: list[bool] = np.random.default_rng(seed).permutation(np.arange(n_population) < n_right).tolist()
    return hits


@pytest.mark.parametrize("n_population", [20, 250, 1000])
@pytest.mark.parametrize("share", [0.3, 0.85, 0.95])
def test_the_bound_holds_at_all_looks_together_in_95_of_100_samples(n_population: int, share: float) -> None:
    n_right = round(share * n_population)
    truth = n_right / n_population
    n_passed = sum(
        first_below(draw_hits(n_right, n_population, seed), n_population, truth) is not None for seed in range(N_DRAWS)
    )
    assert n_passed / N_DRAWS <= ERROR + TOLERANCE


def test_an_interval_that_is_meant_for_one_look_would_not() -> None:
    """What the test above would say of a bound that does not hold."""
    n_passed = 0
    for seed in range(200):
        n_right = np.cumsum(draw_hits(212, 250, seed))
        ends = (wilson_interval(int(right), n) or (0.0, 1.0) for n, right in enumerate(n_right[:200], start=1))
        n_passed += any(end < 212 / 250 for _, end in ends)
    assert n_passed / 200 > 2 * ERROR


def test_the_bound_holds_while_labels_are_added_and_their_accuracy_falls() -> None:
    """Rounds of 25 labels, 95 % right in the first half and 75 % in the second; three are audited a round."""
    n_draws, n_passed = 200, 0
    for seed in range(n_draws):
        rng = np.random.default_rng(seed)
        right = np.concatenate([rng.permutation(np.arange(250) < n) for n in (237, 188)])
        circle = rng.permutation(500).tolist()  # of all texts, in the order of their hashes
        drawn: list[str] = []
        is_passed = False
        for n_labels in range(25, 501, 25):
            ordered = [str(text) for text in circle if text < n_labels]
            for _ in range(3):
                drawn.extend(next_draws(ordered, set(drawn), set(drawn), 1))
                hits = [bool(right[int(name)]) for name in settled_sample(ordered, drawn, set(drawn)).members]
                is_passed |= at_most(hits, n_labels) < right[:n_labels].mean()
        n_passed += is_passed
    assert n_passed / n_draws <= ERROR + 0.03


def test_once_all_is_drawn_nothing_is_unsure() -> None:
    hits = draw_hits(170, 200, seed=0)
    assert at_most(hits, 200) == pytest.approx(0.85) == at_least(hits, 200)


@given(st.lists(st.booleans(), max_size=40), st.integers(0, 200))
def test_the_two_bounds_hold_the_sample_and_what_is_left_between_them(hits: list[bool], n_left: int) -> None:
    n_population = max(1, len(hits) + n_left)
    low, high = at_least(hits, n_population), at_most(hits, n_population)
    assert sum(hits) / n_population <= high <= 1.0
    assert 0.0 <= low <= (sum(hits) + n_population - len(hits)) / n_population + 1e-9
    assert low <= high + 1e-9


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(0, 100))
def test_a_miss_in_the_place_of_a_hit_never_raises_the_bound(hits: list[bool], n_left: int) -> None:
    n_population = len(hits) + n_left
    for place in range(len(hits)):
        assert at_most([*hits[:place], False, *hits[place + 1 :]], n_population) <= at_most(
            [*hits[:place], True, *hits[place + 1 :]], n_population
        )


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 100), st.sampled_from([0.5, 0.7, 0.85]))
def test_the_first_look_below_a_share_is_the_first_of_the_bounds(hits: list[bool], n_left: int, share: float) -> None:
    n_population = len(hits) + n_left
    looks = (n for n in range(1, len(hits) + 1) if at_most(hits[:n], n_population) < share)
    assert first_below(hits, n_population, share) == next(looks, None)


def test_more_texts_than_there_are_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="3 texts cannot be drawn of 2"):
        at_most([True] * 3, 2)
