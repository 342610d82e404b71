"""95 % intervals of shares that were estimated from samples of finite populations.

None of them is Wald's, which collapses where a share is near 0 or 1 (Brown, Cai and DasGupta, "Interval Estimation for
a Binomial Proportion", Statistical Science 16, 2001).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mraru.quality.audit.intervals import Z_95, Interval


def effective_size(n_sampled: int, n_population: int) -> float:
    """How large a sample with replacement would tell as much: without, nothing is unsure once all is drawn.

    The finite population correction, Cochran, Sampling Techniques (1977), section 2.6.

    >>> effective_size(50, 99), effective_size(10, 10)
    (100.0, inf)
    """
    if n_sampled >= n_population:
        return math.inf
    return n_sampled * (n_population - 1) / (n_population - n_sampled)


def difference_interval(residuals: NDArray[np.float64], n_population: int) -> Interval:
    """Of the mean of what lies in [-1, 1], most of it 0: how often one is right where another is wrong.

    Wald's with half a difference more on either side: Agresti and Min, "Simple Improved Confidence Intervals for
    Comparing Matched Proportions", Statistics in Medicine 24 (2005).

    Args:
        residuals: shape `(n_sampled,)`, at least one.
        n_population: the sample was drawn of so many, without replacement.

    >>> [round(end, 3) for end in difference_interval(np.array([1.0, -1.0] + 98 * [0.0]), 10_000)]
    [-0.033, 0.033]
    """
    n_sampled, estimate = len(residuals), float(residuals.mean())
    middle = float(residuals.sum()) / (n_sampled + 2)
    variance = (float((residuals**2).sum()) + 1) / (n_sampled + 2) - middle**2
    half = Z_95 * math.sqrt(variance / (effective_size(n_sampled, n_population) + 2))
    if half == 0.0:  # all is drawn
        return estimate, estimate
    return min(estimate, middle - half), max(estimate, middle + half)


def sum_interval(terms: Sequence[tuple[float, Interval]]) -> Interval:
    """Of the sum of independent estimates, from the interval of each (the method of variance estimates recovery).

    Zou and Donner, "Construction of Confidence Limits about Effect Measures", Statistics in Medicine 27 (2008).

    Args:
        terms: each an estimate and its interval, which need not be symmetric.

    >>> sum_interval([(1.0, (0.0, 4.0)), (2.0, (2.0, 6.0))])
    (2.0, 8.0)
    """
    total = sum(estimate for estimate, _ in terms)
    below = math.sqrt(sum((estimate - low) ** 2 for estimate, (low, _) in terms))
    above = math.sqrt(sum((high - estimate) ** 2 for estimate, (_, high) in terms))
    return total - below, total + above


def scaled(estimate: float, interval: Interval, factor: float) -> tuple[float, Interval]:
    """An estimate and its interval, times a number of either sign.

    >>> scaled(0.5, (0.25, 1.0), -2.0)
    (-1.0, (-2.0, -0.5))
    """
    low, high = sorted((factor * interval[0], factor * interval[1]))
    return factor * estimate, (low, high)
