from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mraru.quality.audit.intervals import wilson_interval


# Agresti and Coull, The American Statistician 52 (1998), and R's prop.test(correct = FALSE)
@pytest.mark.parametrize(
    ("n_right", "n_total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662), (1, 1, 0.2065, 1.0)],
)
def test_the_interval_is_the_one_in_the_books(n_right: int, n_total: int, low: float, high: float) -> None:
    assert wilson_interval(n_right, n_total) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(0, 2000), st.integers(1, 2000))
def test_the_interval_holds_the_share_within_0_and_1(n_right: int, n_total: int) -> None:
    n_right = min(n_right, n_total)
    interval = wilson_interval(n_right, n_total)
    assert interval is not None
    assert 0.0 <= interval[0] <= n_right / n_total + 1e-12
    assert n_right / n_total - 1e-12 <= interval[1] <= 1.0


@pytest.mark.parametrize(("n_right", "n_total"), [(-1, 3), (4, 3), (0, -1)])
def test_impossible_counts_are_refused(n_right: int, n_total: int) -> None:
    with pytest.raises(ValueError, match="n_right must be"):
        wilson_interval(n_right, n_total)
