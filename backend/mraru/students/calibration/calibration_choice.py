"""Which calibration suits a student, and how much it helps: judged on texts that the student was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Labels, Probabilities
from mraru.students.calibration.calibration_error import expected_calibration_error
from mraru.students.calibration.calibrators import CalibrationMethod, Calibrator, fit_calibrator, log_losses
from mraru.students.out_of_fold import assign_folds

N_FOLDS = 3  # in which calibrators are compared; fitting one takes milliseconds
LEAST_TEXTS = 10
LEAST_TEXTS_PER_CLASS = 10  # on average, for a sigmoid each
MOST_RECALL_LOST = 0.01  # of the classes' mean, as much as a few texts change by chance
LEAST_TEXTS_FOR_STEPS = 1000  # below it isotonic regression overfits, as scikit-learn's user guide warns


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What was chosen for a student, and what it does to its probabilities."""

    method: CalibrationMethod
    calibrator: Calibrator | None  # None: the probabilities stay as they are
    n_texts: int  # that it was judged on
    error_before: float | None  # expected calibration error out of fold, in [0, 1]; None: too few texts
    error_after: float | None  # the same with calibrators that had not seen the text either

    def apply(self, probabilities: Probabilities) -> Probabilities:
        """Calibrated probabilities of the same shape `(n_texts, n_classes)`."""
        return probabilities if self.calibrator is None else self.calibrator.apply(probabilities)


def calibrate(
    probabilities: Probabilities,
    classes: Labels,
    y: Labels,
    weights: NDArray[np.float64],
    *,
    method: CalibrationMethod | None = None,
    seed: int = 0,
) -> Calibration:
    """Fit the calibrator that gives out-of-fold texts the least log loss.

    Candidates are compared by cross-validation: no calibration, temperature, and where there are texts enough for them
    sigmoid and isotonic. Those two must be better by more than a standard error, so that chance does not change the
    method from round to round. They can also turn one label into another; where that lowers balanced accuracy they are
    left out, since students weigh all classes alike.

    Texts whose class has no other text are left out: no out-of-fold student knew their label.

    Args:
        probabilities: out-of-fold ones, shape `(n_texts, n_classes)`.
        classes: what its columns stand for, shape `(n_classes,)`, sorted.
        y: labels of the texts, shape `(n_texts,)`, all of them among the classes.
        weights: shape `(n_texts,)`, positive.
        method: the one to take; the best when None. With too few texts for it, nothing is changed.
        seed: decides which texts are judged together.
    """
    members = np.searchsorted(classes, y)
    kept = np.bincount(members, minlength=len(classes))[members] > 1
    probabilities, members, weights = probabilities[kept], members[kept], weights[kept]
    n_texts = len(members)
    if n_texts < LEAST_TEXTS:
        return Calibration(
            method=CalibrationMethod.NONE, calibrator=None, n_texts=n_texts, error_before=None, error_after=None
        )
    weights = weights / weights.mean()
    folds = assign_folds(classes[members], N_FOLDS, np.random.default_rng(seed))
    candidates = _affordable(n_texts, len(classes)) if method is None else [method]
    judged = {
        candidate: _calibrate_out_of_fold(candidate, probabilities, members, weights, folds) for candidate in candidates
    }
    chosen = _choose(judged, probabilities, members, weights) if method is None else method
    return Calibration(
        method=chosen,
        calibrator=fit_calibrator(chosen, probabilities, members, weights),
        n_texts=n_texts,
        error_before=expected_calibration_error(probabilities, classes, classes[members]),
        error_after=expected_calibration_error(judged[chosen], classes, classes[members]),
    )


def _affordable(n_texts: int, n_classes: int) -> list[CalibrationMethod]:
    """From the simplest to the most flexible that this many texts can tell.

    >>> [str(method) for method in _affordable(200, 4)]
    ['none', 'temperature', 'sigmoid']
    """
    methods = [CalibrationMethod.NONE, CalibrationMethod.TEMPERATURE]
    if n_texts >= LEAST_TEXTS_PER_CLASS * n_classes:
        methods.append(CalibrationMethod.SIGMOID)
        if n_texts >= LEAST_TEXTS_FOR_STEPS:
            methods.append(CalibrationMethod.ISOTONIC)
    return methods


def _calibrate_out_of_fold(
    method: CalibrationMethod,
    probabilities: Probabilities,
    members: NDArray[np.intp],
    weights: NDArray[np.float64],
    folds: NDArray[np.intp],
) -> Probabilities:
    """Each text's probabilities by a calibrator of the other folds."""
    calibrated = probabilities.copy()
    for fold in np.unique(folds):
        judged, others = folds == fold, folds != fold
        calibrator = fit_calibrator(method, probabilities[others], members[others], weights[others])
        if calibrator is not None:
            calibrated[judged] = calibrator.apply(probabilities[judged])
    return calibrated


def _choose(
    judged: dict[CalibrationMethod, Probabilities],
    probabilities: Probabilities,
    members: NDArray[np.intp],
    weights: NDArray[np.float64],
) -> CalibrationMethod:
    losses = {method: weights * log_losses(calibrated, members) for method, calibrated in judged.items()}
    chosen = min((CalibrationMethod.NONE, CalibrationMethod.TEMPERATURE), key=lambda method: losses[method].mean())
    least_recall = _mean_recall(probabilities, members) - MOST_RECALL_LOST
    for method in (CalibrationMethod.SIGMOID, CalibrationMethod.ISOTONIC):
        if method not in judged or _mean_recall(judged[method], members) < least_recall:
            continue
        if _is_clearly_positive(losses[chosen] - losses[method]):
            chosen = method
    return chosen


def _is_clearly_positive(gains: Sequence[float] | NDArray[np.float64]) -> bool:
    """Whether the mean of these is above 0 by more than its standard error.

    >>> _is_clearly_positive([0.0, 0.0]), _is_clearly_positive([1.0, -0.9]), _is_clearly_positive([1.0, 0.9])
    (False, False, True)
    """
    values = np.asarray(gains, dtype=np.float64)
    return bool(values.mean() > values.std() / np.sqrt(len(values)))


def _mean_recall(probabilities: Probabilities, members: NDArray[np.intp]) -> float:
    """Balanced accuracy: the mean of the classes' shares of texts that are labelled rightly."""
    is_right = probabilities.argmax(axis=1) == members
    counts = np.bincount(members)
    shares = np.bincount(members, weights=is_right)[counts > 0] / counts[counts > 0]
    return float(shares.mean())
