from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mraru.benchmark.report.seed_curves import area_under, estimate, labels_to_reach, mean_curve


def test_the_interval_is_student_s_t_over_seeds() -> None:
    values = [0.5, 0.6, 0.55, 0.52]

    found = estimate(values)

    low, high = stats.t.interval(0.95, 3, loc=np.mean(values), scale=stats.sem(values))
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_one_seed_has_no_interval_and_no_band() -> None:
    curve = mean_curve([([10, 20], [0.3, 0.5])])

    assert estimate([0.3]).low is None
    assert curve.low.tolist() == curve.high.tolist() == curve.mean.tolist() == [0.3, 0.5]


def test_the_band_narrows_where_seeds_agree() -> None:
    curve = mean_curve([([10, 20], [0.2, 0.5]), ([10, 20], [0.4, 0.5])])

    widths = (curve.high - curve.low).tolist()
    assert widths[0] > 0.3
    assert widths[1] == 0.0


def test_the_mean_begins_where_every_seed_has_begun() -> None:
    curve = mean_curve([([4, 30], [0.1, 0.9]), ([12, 30], [0.5, 0.9])])

    assert curve.n_labels.tolist() == [12, 30]


def test_a_curve_that_ended_early_stays_where_it_ended() -> None:
    assert area_under([0, 10], [0.8, 0.8], 0, 100) == pytest.approx(0.8)
    assert mean_curve([([0, 10], [0.5, 0.7]), ([0, 20], [0.5, 0.9])]).mean[-1] == pytest.approx(0.8)


def test_the_area_is_that_of_the_trapezoids() -> None:
    assert area_under([0, 10, 30], [0.0, 1.0, 1.0], 0, 30) == pytest.approx((5 + 20) / 30)
    assert area_under([0, 10], [0.0, 1.0], 5, 10) == pytest.approx(0.75)


def test_a_target_counts_as_reached_at_the_first_point_that_is_as_high() -> None:
    assert labels_to_reach([10, 35, 60], [0.5, 0.75, 0.7], 0.75) == 35
    assert labels_to_reach([10, 35, 60], [0.5, 0.75, 0.7], 0.76) is None
