"""How far a student's confidence is from how often it is right: pure figures for reports."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mraru.errors import StudentError
from mraru.interfaces import Labels, Probabilities

DEFAULT_N_BINS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """A point of a reliability diagram: texts of about the same confidence."""

    confidence: float  # mean of the highest probability, in [0, 1]
    accuracy: float  # share of them that were labelled rightly, in [0, 1]
    n_texts: int


def reliability_diagram(
    probabilities: Probabilities, classes: Labels, y: Labels, n_bins: int = DEFAULT_N_BINS
) -> tuple[ReliabilityBin, ...]:
    """Confidence against accuracy in bins of almost equal numbers of texts, least confident first.

    Bins of equal mass rather than of equal width: where students are sure of nearly everything, bins of equal width
    hold a few texts each but for the last (Nguyen and O'Connor 2015, arXiv:1508.05154).

    Args:
        probabilities: shape `(n_texts, n_classes)`.
        classes: what its columns stand for, shape `(n_classes,)`.
        y: true labels, shape `(n_texts,)`; a label that `classes` lacks counts as missed.
        n_bins: at least 1; with fewer texts there are as many bins as texts.

    Raises:
        StudentError: the shapes do not fit together, or `n_bins` is not positive.

    >>> probabilities = np.array([[0.9, 0.1], [0.5, 0.5], [0.9, 0.1]])
    >>> for point in reliability_diagram(probabilities, np.array(["a", "b"]), np.array(list("aba")), n_bins=2):
    ...     print(point)
    ReliabilityBin(confidence=0.7, accuracy=0.5, n_texts=2)
    ReliabilityBin(confidence=0.9, accuracy=1.0, n_texts=1)
    """
    if probabilities.shape != (len(y), len(classes)):
        raise StudentError(f"probabilities must have shape ({len(y)}, {len(classes)}), not {probabilities.shape}.")
    if n_bins < 1:
        raise StudentError(f"n_bins must be at least 1, not {n_bins}.")
    if not len(y):
        return ()
    is_right: NDArray[np.bool_] = classes[probabilities.argmax(axis=1)] == y
    return _fill_bins(probabilities.max(axis=1), is_right, n_bins)


def expected_calibration_error(
    probabilities: Probabilities, classes: Labels, y: Labels, n_bins: int = DEFAULT_N_BINS
) -> float:
    """Mean distance of confidence and accuracy over the bins of `reliability_diagram`, by texts: 0 is perfect.

    Args and errors are those of `reliability_diagram`. Without texts it is 0. Of few texts it is too high: chance
    alone separates the two in every bin.

    >>> expected_calibration_error(np.array([[0.8, 0.2]] * 5), np.array(["a", "b"]), np.array(list("aaaab")), 1)
    0.0
    """
    return _mean_distance(reliability_diagram(probabilities, classes, y, n_bins))


def score_calibration_error(
    scores: NDArray[np.float64], is_right: NDArray[np.bool_], n_bins: int = DEFAULT_N_BINS
) -> float:
    """The same of scores that say how likely labels are right, each of shape `(n_texts,)`.

    >>> score_calibration_error(np.array([0.75] * 4), np.array([True, True, True, False]), 1)
    0.0
    """
    return _mean_distance(_fill_bins(scores, is_right, n_bins)) if len(scores) else 0.0


def _fill_bins(confidence: NDArray[np.float64], is_right: NDArray[np.bool_], n_bins: int) -> tuple[ReliabilityBin, ...]:
    bins = np.array_split(np.argsort(confidence, kind="stable"), min(n_bins, len(confidence)))
    return tuple(
        ReliabilityBin(
            confidence=round(float(confidence[members].mean()), 12),
            accuracy=float(is_right[members].mean()),
            n_texts=len(members),
        )
        for members in bins
    )


def _mean_distance(bins: tuple[ReliabilityBin, ...]) -> float:
    n_texts = sum(point.n_texts for point in bins)
    distances = (point.n_texts * abs(point.confidence - point.accuracy) for point in bins)
    return sum(distances) / n_texts if n_texts else 0.0
