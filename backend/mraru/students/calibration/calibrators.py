"""Maps from a student's probabilities to better ones: temperature, sigmoid and isotonic, fitted on given texts.

scikit-learn's `CalibratedClassifierCV` is not used: it makes its own folds, refuses classes with fewer texts than
folds, and keeps what it finds in private types, which a saved student should not depend on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, logit, softmax
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from mraru.interfaces import Probabilities

# The least that a logarithm is taken of: LDA goes far below, and with 1e-6 its temperature came out too low on
# BANKING77 (log loss 1.10 against 0.77), while without any bound one text decides it (0.13 against 0.08 ECE on TREC).
LEAST_PROBABILITY = 1e-30
LEAST_ODDS = 1e-15  # 1 less that much can still be told from 1
LOG_TEMPERATURE_BOUNDS = (np.log(0.02), np.log(50.0))
WEAK_SLOPE = 1e3  # inverse regularization: it only keeps the slope finite
LEAST_ISOTONIC = 0.001  # a probability of 0 or 1 that few texts gave would stop M-RARU from ever looking again


class CalibrationMethod(StrEnum):
    NONE = "none"
    TEMPERATURE = "temperature"
    SIGMOID = "sigmoid"
    ISOTONIC = "isotonic"
    BY_QUESTION = "by question"  # of a student of several questions: one of the others for each


class Calibrator(Protocol):
    def apply(self, probabilities: Probabilities) -> Probabilities:
        """Calibrated probabilities of the same shape `(n_texts, n_classes)`, rows sum to 1."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperature:
    """Divides the logarithms of the probabilities by one number (Guo et al. 2017, arXiv:1706.04599).

    It changes how sure a student is of a text, never which label it prefers.

    >>> Temperature(temperature=2.0).apply(np.array([[0.8, 0.2]])).round(3).tolist()
    [[0.667, 0.333]]
    """

    temperature: float  # above 1: the student was too sure; 1 changes nothing

    def apply(self, probabilities: Probabilities) -> Probabilities:
        calibrated: Probabilities = softmax(_log(probabilities) / self.temperature, axis=1)
        return calibrated


@dataclass(frozen=True, slots=True, kw_only=True)
class Sigmoid:
    """Platt's sigmoid of each class's log-odds, one class against the rest, normalized."""

    slopes: NDArray[np.float64]  # (n_classes,)
    intercepts: NDArray[np.float64]  # (n_classes,)

    def apply(self, probabilities: Probabilities) -> Probabilities:
        odds = np.clip(self.slopes * _log_odds(probabilities) + self.intercepts, -30.0, 30.0)
        return _normalize(1.0 / (1.0 + np.exp(-odds)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Isotonic:
    """The best rising step function of each class's probability, one class against the rest, normalized."""

    thresholds: tuple[NDArray[np.float64], ...]  # by class, rising: what the student says
    values: tuple[NDArray[np.float64], ...]  # by class, rising: what that means

    def apply(self, probabilities: Probabilities) -> Probabilities:
        columns = [
            np.interp(column, thresholds, values)
            for column, thresholds, values in zip(probabilities.T, self.thresholds, self.values, strict=True)
        ]
        return _normalize(np.clip(np.column_stack(columns), LEAST_ISOTONIC, 1.0 - LEAST_ISOTONIC))


def fit_calibrator(
    method: CalibrationMethod,
    probabilities: Probabilities,
    members: NDArray[np.intp],
    weights: NDArray[np.float64],
) -> Calibrator | None:
    """Fit one on texts that the student was not trained on; None for `NONE`, which changes nothing.

    Args:
        method: which.
        probabilities: shape `(n_texts, n_classes)`.
        members: the column of each text's label, shape `(n_texts,)`.
        weights: shape `(n_texts,)`, positive.
    """
    match method:
        case CalibrationMethod.NONE:
            return None
        case CalibrationMethod.TEMPERATURE:
            return _fit_temperature(probabilities, members, weights)
        case CalibrationMethod.SIGMOID:
            return _fit_sigmoid(probabilities, members, weights)
        case CalibrationMethod.ISOTONIC:
            return _fit_isotonic(probabilities, members, weights)
        case CalibrationMethod.BY_QUESTION:
            raise ValueError("each question is calibrated by itself: calibrate_by_question")


def log_losses(probabilities: Probabilities, members: NDArray[np.intp]) -> NDArray[np.float64]:
    """Minus the logarithm of what each text's label was given, shape `(n_texts,)`."""
    losses: NDArray[np.float64] = -_log(probabilities)[np.arange(len(members)), members]
    return losses


def _fit_temperature(
    probabilities: Probabilities, members: NDArray[np.intp], weights: NDArray[np.float64]
) -> Temperature:
    logarithms, rows = _log(probabilities), np.arange(len(members))

    def loss(log_temperature: float) -> float:
        likelihood = log_softmax(logarithms / np.exp(log_temperature), axis=1)[rows, members]
        # A standard normal prior of its logarithm: a handful of texts, all right by chance, must not freeze it.
        return float(0.5 * log_temperature**2 - weights @ likelihood)

    found = minimize_scalar(loss, bounds=LOG_TEMPERATURE_BOUNDS, method="bounded", options={"xatol": 1e-4})
    return Temperature(temperature=float(np.exp(found.x)))


def _fit_sigmoid(probabilities: Probabilities, members: NDArray[np.intp], weights: NDArray[np.float64]) -> Sigmoid:
    n_classes = probabilities.shape[1]
    slopes, intercepts = np.ones(n_classes), np.zeros(n_classes)
    odds = _log_odds(probabilities)
    for column in range(n_classes):
        is_member = members == column
        n_inside, n_outside = weights[is_member].sum(), weights[~is_member].sum()
        if not n_inside or not n_outside:
            continue
        # Platt's targets are a little inside 0 and 1; each text stands there twice to say so by its weights.
        targets = np.where(is_member, (n_inside + 1.0) / (n_inside + 2.0), 1.0 / (n_outside + 2.0))
        regression = LogisticRegression(C=WEAK_SLOPE)
        regression.fit(
            np.tile(odds[:, column], 2)[:, None],
            np.repeat([1, 0], len(members)),
            sample_weight=np.concatenate([weights * targets, weights * (1.0 - targets)]),
        )
        slopes[column], intercepts[column] = regression.coef_[0, 0], regression.intercept_[0]
    return Sigmoid(slopes=slopes, intercepts=intercepts)


def _fit_isotonic(probabilities: Probabilities, members: NDArray[np.intp], weights: NDArray[np.float64]) -> Isotonic:
    thresholds, values = [], []
    for column in range(probabilities.shape[1]):
        is_member = (members == column).astype(np.float64)
        if is_member.any():
            regression = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
            regression.fit(probabilities[:, column], is_member, sample_weight=weights)
            thresholds.append(np.asarray(regression.X_thresholds_, dtype=np.float64))
            values.append(np.asarray(regression.y_thresholds_, dtype=np.float64))
        else:
            thresholds.append(np.array([0.0, 1.0]))
            values.append(np.array([0.0, 1.0]))
    return Isotonic(thresholds=tuple(thresholds), values=tuple(values))


def _log(probabilities: Probabilities) -> NDArray[np.float64]:
    logarithms: NDArray[np.float64] = np.log(np.clip(probabilities, LEAST_PROBABILITY, 1.0))
    return logarithms


def _log_odds(probabilities: Probabilities) -> NDArray[np.float64]:
    odds: NDArray[np.float64] = logit(np.clip(probabilities, LEAST_ODDS, 1.0 - LEAST_ODDS))
    return odds


def _normalize(scores: NDArray[np.float64]) -> Probabilities:
    normalized: Probabilities = scores / scores.sum(axis=1, keepdims=True)
    return normalized
