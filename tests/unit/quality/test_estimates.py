from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from mraru.quality.audit.intervals import score_interval, wilson_interval
from mraru.quality.audit.sample_intervals import (
    difference_interval,
    effective_size,
    sum_interval,
)
from mraru.quality.audit.share_estimates import (
    Sampled,
    Sources,
    estimate_class_share,
    estimate_corpus_accuracy,
    estimate_share,
    estimate_weighted_share,
)
from mraru.quality.audit.shares import LEAST_TEXTS

ALL_KNOWN = Sources(
    wrong=Sampled(n_hits=12, n_labels=120, n_population=1000),
    n_wrong_known=40,
    n_unlabelled=700,
    size=1000.0,
    size_interval=(1000.0, 1000.0),
)


def width(interval: tuple[float, float] | None) -> float:
    assert interval is not None
    return interval[1] - interval[0]


@pytest.mark.parametrize(("n_right", "n_total"), [(0, 12), (9, 10), (50, 50), (333, 1000)])
def test_of_endless_populations_the_interval_is_wilsons(n_right: int, n_total: int) -> None:
    found = score_interval(n_right / n_total, effective_size(n_total, 10**12))
    assert found == pytest.approx(wilson_interval(n_right, n_total))


def test_nothing_is_unsure_once_every_text_is_audited() -> None:
    found = estimate_share(Sampled(n_hits=15, n_labels=20, n_population=20))
    assert (found.share, found.interval, found.n_more) == (0.75, (0.75, 0.75), 0)
    assert difference_interval(np.array([1.0, 0.0, -1.0, 1.0]), 4) == (0.25, 0.25)


def test_a_small_population_is_known_sooner() -> None:
    small, large = (estimate_share(Sampled(n_hits=40, n_labels=50, n_population=n)) for n in (80, 10**9))
    assert width(small.interval) < 0.7 * width(large.interval)


def test_a_share_of_all_or_none_is_not_taken_for_certain() -> None:
    for n_hits in (0, 30):
        found = estimate_share(Sampled(n_hits=n_hits, n_labels=30, n_population=10_000))
        assert 0.1 < width(found.interval) < 0.2
    assert width(difference_interval(np.zeros(30), 10_000)) > 0.05


@pytest.mark.parametrize("n_texts", range(1, LEAST_TEXTS))
def test_of_few_texts_no_share_is_told_though_people_looked_at_all_of_them(n_texts: int) -> None:
    found = estimate_share(Sampled(n_hits=n_texts, n_labels=n_texts, n_population=n_texts))
    assert (found.share, found.interval) == (None, None)
    assert f"only {n_texts} such texts" in found.reason
    shares = estimate_class_share(np.ones(n_texts, np.bool_), np.ones(n_texts, np.bool_), 1.0, n_texts)
    assert shares.share is None


def test_every_estimate_says_of_how_many_texts_it_speaks() -> None:
    sampled = Sampled(n_hits=9, n_labels=12, n_population=345)
    truth = np.array([True] * 6 + [False] * 6)
    assert estimate_share(sampled).n_population == 345
    assert estimate_share(replace(sampled, n_labels=9)).n_population == 345
    assert estimate_class_share(truth, truth, 0.5, 345).n_population == 345
    assert estimate_corpus_accuracy(ALL_KNOWN).n_population == 1000
    assert not estimate_share(sampled).is_census
    assert estimate_share(replace(sampled, n_population=12)).is_census


@pytest.mark.parametrize("n_labels", [0, 1, LEAST_TEXTS - 1])
def test_too_few_labels_give_a_reason_and_how_many_more_it_takes(n_labels: int) -> None:
    found = estimate_share(Sampled(n_hits=n_labels, n_labels=n_labels, n_population=5000))
    assert (found.share, found.interval) == (None, None)
    assert str(n_labels) in found.reason
    assert found.n_missing == LEAST_TEXTS - n_labels
    assert found.n_more == 357 - n_labels  # whatever the share is, 357 of 5,000 give 5 points either side


def test_no_more_texts_are_asked_for_than_there_are() -> None:
    for n_labels in (3, 16):
        found = estimate_share(Sampled(n_hits=n_labels - 3, n_labels=n_labels, n_population=139))
        assert 60 < found.n_labels + found.n_more < 110
        n_wanted = found.n_labels + found.n_more
        more = estimate_share(Sampled(n_hits=n_wanted // 2, n_labels=n_wanted, n_population=139))
        assert width(more.interval) < 0.14


def test_as_many_more_labels_as_are_said_bring_five_points() -> None:
    few = estimate_share(Sampled(n_hits=56, n_labels=80, n_population=10**9))
    n_labels = few.n_labels + few.n_more
    more = estimate_share(Sampled(n_hits=round(0.7 * n_labels), n_labels=n_labels, n_population=10**9))
    assert width(more.interval) == pytest.approx(0.1, abs=0.003)
    assert more.n_more < 10


def test_weights_undo_what_the_sampler_preferred() -> None:
    rng = np.random.default_rng(3)
    chances = rng.uniform(0.05, 0.9, 20_000)
    is_right = rng.random(20_000) > chances  # what is accepted more often is wrong more often
    accepted = rng.random(20_000) < chances
    found = estimate_weighted_share(is_right[accepted].tolist(), (1 / chances[accepted]).tolist())
    assert found.share == pytest.approx(is_right.mean(), abs=0.01)
    assert found.interval is not None
    assert found.interval[0] < is_right.mean() < found.interval[1]
    assert abs(is_right[accepted].mean() - is_right.mean()) > 0.1


def test_equal_weights_weigh_nothing() -> None:
    hits = [True] * 30 + [False] * 10
    weighted = estimate_weighted_share(hits, [5.0] * 40)
    plain = estimate_share(Sampled(n_hits=30, n_labels=40, n_population=10**9))
    assert weighted.share == plain.share
    assert weighted.interval == pytest.approx(plain.interval, abs=0.01)


def test_one_text_of_great_weight_makes_the_estimate_unsure() -> None:
    even = estimate_weighted_share([True] * 20, [2.0] * 20)
    uneven = estimate_weighted_share([True] * 20, [2.0] * 19 + [100.0])
    assert width(uneven.interval) > 3 * width(even.interval)


def test_few_texts_that_stand_for_many_tell_less_than_as_many_that_weigh_alike() -> None:
    found = estimate_weighted_share([True] * 30 + [False] * 2, [2.0] * 30 + [20.0] * 2)
    assert found.share == pytest.approx(0.6)
    assert width(found.interval) > 1.3 * width(score_interval(0.6, 32))


@pytest.mark.parametrize("weights", [[2.0] * 19, [2.0] * 19 + [-1.0]])
def test_weighing_needs_a_weight_of_each_text(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="each text needs a weight"):
        estimate_weighted_share([True] * 20, weights)


def test_a_student_that_says_nothing_of_a_class_does_not_move_its_share() -> None:
    truth = np.array([True] * 12 + [False] * 48)
    ignorant = estimate_class_share(truth, np.zeros(60, dtype=np.bool_), 0.4, 1000)
    assert ignorant == estimate_share(Sampled(n_hits=12, n_labels=60, n_population=1000))


def test_a_student_that_contradicts_people_does_not_move_it_either() -> None:
    truth = np.array([True] * 12 + [False] * 48)
    found = estimate_class_share(truth, ~truth, 0.1, 1000)
    assert found.share == pytest.approx(0.2)


def test_a_good_student_carries_what_it_says_of_all_texts_over() -> None:
    truth = np.array([True] * 12 + [False] * 48)
    found = estimate_class_share(truth, truth, 0.3, 100_000)
    alone = estimate_share(Sampled(n_hits=12, n_labels=60, n_population=100_000))
    assert found.share == pytest.approx(0.3)
    assert width(found.interval) < 0.5 * width(alone.interval)


def test_the_final_labels_are_as_good_as_the_blind_ones_where_people_corrected_nothing() -> None:
    sources = replace(ALL_KNOWN, n_wrong_known=0, n_unlabelled=1000)
    found = estimate_corpus_accuracy(sources)
    blind = estimate_share(Sampled(n_hits=108, n_labels=120, n_population=1000))
    assert found.share == pytest.approx(blind.share)
    assert found.interval == pytest.approx(blind.interval)


def test_every_known_error_that_people_mended_counts_exactly() -> None:
    found = estimate_corpus_accuracy(ALL_KNOWN)
    assert found.share == pytest.approx(1 - 0.1 + 40 / 1000)


def test_the_final_labels_are_never_worse_than_if_every_unseen_one_were_wrong() -> None:
    found = estimate_corpus_accuracy(replace(ALL_KNOWN, n_unlabelled=20, n_wrong_known=0))
    assert found.share == 0.98
    everything = estimate_corpus_accuracy(replace(ALL_KNOWN, n_unlabelled=0))
    assert (everything.share, everything.interval) == (1.0, (1.0, 1.0))


def test_intervals_of_sums_hold_those_of_their_parts() -> None:
    assert sum_interval([(0.5, (0.4, 0.7))]) == pytest.approx((0.4, 0.7))
    low, high = sum_interval([(0.5, (0.4, 0.7)), (0.2, (0.1, 0.3))])
    assert low == pytest.approx(0.7 - math.sqrt(0.02))
    assert high == pytest.approx(0.7 + math.sqrt(0.05))
