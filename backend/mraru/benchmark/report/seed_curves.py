"""Curves of several seeds made one, with a band, and what is read off it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over seeds with its 95 % interval; no interval for one seed alone."""

    mean: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanCurve:
    """The mean over seeds at each number of labels, with a 95 % band."""

    n_labels: NDArray[np.intp]  # ascending
    mean: NDArray[np.float64]
    low: NDArray[np.float64]  # equal to the mean for one seed alone
    high: NDArray[np.float64]


def estimate(values: Sequence[float], least: float = 0.0, most: float = 1.0) -> Estimate:
    """Mean and 95 % interval by Student's t, cut off at the least and the most that values can be: shares without them.

    >>> estimate([1.0]), estimate([0.5, 1.0])
    (Estimate(mean=1.0, low=None, high=None), Estimate(mean=0.75, low=0.0, high=1.0))
    """
    mean = float(np.mean(values))
    if len(values) < 2:
        return Estimate(mean=mean)
    half = float(_half_width(np.array(values)[:, None])[0])
    return Estimate(mean=mean, low=max(least, mean - half), high=min(most, mean + half))


def mean_curve(curves: Sequence[tuple[Sequence[int], Sequence[float]]]) -> MeanCurve:
    """Average curves of shares with different points: between its points a curve is straight, beyond its end flat.

    The mean begins where the last of them begins.

    Args:
        curves: labels (ascending) and values of each seed.

    >>> curve = mean_curve([([10, 20], [0.2, 0.4]), ([10, 30], [0.4, 0.8])])
    >>> curve.n_labels.tolist(), curve.mean.round(3).tolist()
    ([10, 20, 30], [0.3, 0.5, 0.6])
    """
    start = max(labels[0] for labels, _ in curves)
    grid = np.unique(np.concatenate([np.asarray(labels, dtype=np.intp) for labels, _ in curves]))
    grid = grid[grid >= start]
    values = np.stack([np.interp(grid, labels, measured) for labels, measured in curves])
    mean = values.mean(axis=0)
    half = _half_width(values)
    return MeanCurve(n_labels=grid, mean=mean, low=np.maximum(mean - half, 0.0), high=np.minimum(mean + half, 1.0))


def labels_to_reach(
    n_labels: Sequence[int] | NDArray[np.intp], values: Sequence[float] | NDArray[np.float64], target: float
) -> int | None:
    """The first number of labels at which the curve is at least at the target; None if it never is.

    >>> labels_to_reach([10, 20, 30], [0.5, 0.8, 0.7], 0.7), labels_to_reach([10], [0.5], 0.7)
    (20, None)
    """
    reached = np.flatnonzero(np.asarray(values) >= target)
    return int(np.asarray(n_labels)[reached[0]]) if reached.size else None


def area_under(n_labels: Sequence[int], values: Sequence[float], start: int, stop: int) -> float:
    """Mean height of a curve between two numbers of labels, beyond its end flat.

    >>> round(area_under([0, 10], [0.0, 1.0], 0, 20), 6)
    0.75
    """
    if stop <= start:
        return float(np.interp(start, n_labels, values))
    grid = np.unique([start, stop, *(n for n in n_labels if start < n < stop)])
    heights = np.interp(grid, n_labels, values)
    return float((np.diff(grid) * (heights[:-1] + heights[1:]) / 2).sum() / (stop - start))


def _half_width(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the 95 % interval around the mean over the first axis; 0 for one seed."""
    n_seeds = len(values)
    if n_seeds < 2:
        return np.zeros(values.shape[1])
    quantile = float(student_t.ppf((1 + CONFIDENCE) / 2, n_seeds - 1))
    half: NDArray[np.float64] = quantile * values.std(axis=0, ddof=1) / np.sqrt(n_seeds)
    return half
