"""How far the LLM's labels are to be believed: learned from where a student that is sure agrees with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

PRIOR_ACCURACY = 0.9  # of an LLM's labels, before anything is known of them
PRIOR_TEXTS = 10.0  # for as many texts that counts
PRIOR_SLOPE = 0.25  # LLMs are too sure of themselves, and some of them say nothing by it
VOTES_SLOPE = 0.75  # of the share of several LLMs: three that agree are some 3 log-odds above two against one
SLOPE_SPREAD = 0.25  # standard deviation of either, before anything is known
PRIOR_LOG_ODDS = math.log(PRIOR_ACCURACY / (1 - PRIOR_ACCURACY))
LEAST_SLOPE = 0.05  # an LLM's doubt never speaks for its label
LEAST_PROBABILITY = 0.01  # of an LLM's confidence, and of its doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherReliability:
    """The log-odds that a label of the LLM's is right, before the student is heard."""

    log_odds: float = PRIOR_LOG_ODDS  # where its confidence is as usual, or not known
    slope: float = PRIOR_SLOPE  # what the log-odds of its confidence add, less the usual ones
    usual: float = PRIOR_LOG_ODDS  # mean log-odds of its confidence

    @property
    def accuracy(self) -> float:
        """How likely a label is right where the LLM's confidence is as usual.

        >>> round(TeacherReliability().accuracy, 6)
        0.9
        """
        return 1 / (1 + math.exp(-self.log_odds))

    def label_log_odds(self, confidences: NDArray[np.float64]) -> NDArray[np.float64]:
        """The log-odds that labels are right, by the LLM's confidence in them; NaN where it is not known.

        >>> TeacherReliability(log_odds=2.0, slope=0.5, usual=1.0).label_log_odds(np.array([0.5, np.nan])).tolist()
        [1.5, 2.0]
        """
        return self.log_odds + self.slope * (np.nan_to_num(_log_odds(confidences), nan=self.usual) - self.usual)


UNKNOWN = TeacherReliability()


def estimate_reliability(
    agrees: Sequence[bool],
    student_confidences: Sequence[float],
    teacher_confidences: Sequence[float | None],
    prior_slope: float = PRIOR_SLOPE,
) -> TeacherReliability:
    """Learn from texts whether the LLM is right, taking students that have not learned its label for the truth.

    Only the half of the texts that the student is surer of is looked at: there it is right most often, and a weak
    student does not make a good LLM look bad. A logistic regression on the log-odds of the LLM's confidence, with a
    prior (maximum a posteriori): few texts change little.

    Args:
        agrees: whether the student, or a person where one labelled the text, agrees with the LLM's label.
        student_confidences: the student's highest probability of each text.
        teacher_confidences: the LLM's probability of its label; None where not known.
        prior_slope: of the log-odds of that probability; `VOTES_SLOPE` where it is a share of several LLMs.

    Raises:
        ValueError: the lengths differ.

    >>> found = estimate_reliability([True, True, True, False] * 20, [0.9] * 80, [None] * 80)
    >>> round(found.accuracy, 6), round(estimate_reliability([], [], []).accuracy, 6)
    (0.78, 0.9)
    """
    if not len(agrees) == len(student_confidences) == len(teacher_confidences):
        raise ValueError("agrees, student_confidences and teacher_confidences must be of one length.")
    log_odds = _log_odds(np.array([np.nan if c is None else c for c in teacher_confidences], dtype=np.float64))
    is_known = ~np.isnan(log_odds)
    usual = float(log_odds[is_known].mean()) if is_known.any() else PRIOR_LOG_ODDS
    surest = np.argsort(-np.asarray(student_confidences, dtype=np.float64), kind="stable")[: (len(agrees) + 1) // 2]
    offsets = np.where(is_known, log_odds - usual, 0.0)[surest]
    intercept, slope = _fit(np.asarray(agrees, dtype=np.float64)[surest], offsets, prior_slope)
    return TeacherReliability(log_odds=intercept, slope=max(LEAST_SLOPE, slope), usual=usual)


def _fit(agrees: NDArray[np.float64], offsets: NDArray[np.float64], prior_slope: float) -> tuple[float, float]:
    """Intercept and slope where their posterior is highest; it is concave."""

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        intercept, slope = point
        logits = intercept + slope * offsets
        missed = expit(logits) - agrees
        value = (np.logaddexp(0, logits) - agrees * logits).sum()
        value += PRIOR_TEXTS * (np.logaddexp(0, intercept) - PRIOR_ACCURACY * intercept)
        value += ((slope - prior_slope) / SLOPE_SPREAD) ** 2 / 2
        gradient = np.array(
            [
                missed.sum() + PRIOR_TEXTS * (expit(intercept) - PRIOR_ACCURACY),
                missed @ offsets + (slope - prior_slope) / SLOPE_SPREAD**2,
            ]
        )
        return float(value), gradient

    start = np.array([PRIOR_LOG_ODDS, prior_slope])
    found = minimize(loss, start, jac=True, method="L-BFGS-B")
    return float(found.x[0]), float(found.x[1])


def _log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.clip(probabilities, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    found: NDArray[np.float64] = np.log(clipped) - np.log1p(-clipped)
    return found
