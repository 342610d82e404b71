"""How far a share that was counted on few cases may be from the true one."""

from __future__ import annotations

import math

Z_95 = 1.959964  # standard deviations that hold 95 % of a normal distribution

Interval = tuple[float, float]


def wilson_interval(n_right: int, n_total: int) -> Interval | None:
    """Wilson's score interval of a share, within [0, 1] and sensible for few cases and for shares near 0 and 1.

    Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927).

    Returns:
        Its lower and its upper end; None when nothing was counted.

    Raises:
        ValueError: not 0 <= n_right <= n_total.

    >>> [round(end, 3) for end in wilson_interval(9, 10)], wilson_interval(0, 0)
    ([0.596, 0.982], None)
    >>> [round(end, 3) for end in wilson_interval(50, 50)]
    [0.929, 1.0]
    """
    if not 0 <= n_right <= n_total:
        raise ValueError(f"n_right must be from 0 to n_total, not {n_right} of {n_total}")
    if n_total == 0:
        return None
    return score_interval(n_right / n_total, n_total)


def score_interval(share: float, n_effective: float) -> Interval:
    """Wilson's score interval (JASA 22, 1927) of a share from a sample of an effective size.

    For weighted samples so did Korn and Graubard, "Confidence Intervals for Proportions with Small Expected Number of
    Positive Counts", Survey Methodology 24 (1998).

    >>> [round(end, 3) for end in score_interval(0.9, 10)], score_interval(0.9, math.inf)
    ([0.596, 0.982], (0.9, 0.9))
    """
    if math.isinf(n_effective):
        return share, share
    z2 = Z_95 * Z_95
    weight = 1 + z2 / n_effective
    middle = (share + z2 / (2 * n_effective)) / weight
    half = Z_95 * math.sqrt(share * (1 - share) / n_effective + z2 / (4 * n_effective * n_effective)) / weight
    return max(0.0, middle - half), min(1.0, middle + half)
