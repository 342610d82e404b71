"""What calibration does to a student's probabilities, and how long a training takes."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.measures import Quality, measure_quality
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.run_students import AUTO_CALIBRATION, NO_CALIBRATION, make_student
from mraru.errors import BenchmarkError
from mraru.interfaces import Labels, Student, Vectors
from mraru.query_strategies.uncertainty import normalized_uncertainty
from mraru.students.calibration.calibrated import CalibratedStudent

DRAWING_STREAM = 4  # beside the streams of noise, seeding and selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Sureness:
    """A student on texts that it has not learned."""

    accuracy: float
    calibration_error: float  # expected calibration error
    paper_acceptance: float  # mean normalized uncertainty: the share that the paper's rule would accept


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationEffect:
    """One student, trained once on labels that were drawn at random."""

    spec: RunSpec
    n_labels: int
    n_measured: int  # texts of the pool that were not labelled
    method: str  # that was chosen
    raw: Sureness
    calibrated: Sureness
    train_s: float  # of one core, so that other work does not count; one fit, without calibration
    round_s: float  # likewise; fitting, and the fits of the folds that calibrate it and judge the labelled texts


def measure_calibration(spec: RunSpec, data_set: DataSet) -> CalibrationEffect:
    """Train on a random part of the pool, and measure on the rest of it.

    Args:
        spec: its budget is the number of labels, half of the pool at most.

    Raises:
        BenchmarkError: the labels drawn are of one class.
    """
    n_pool = len(data_set.y)
    n_labels = min(n_pool if spec.budget is None else spec.budget, n_pool // 2)
    order = np.random.default_rng([spec.seed, DRAWING_STREAM]).permutation(n_pool)
    drawn, rest = order[:n_labels], order[n_labels:]
    X, y = data_set.X[drawn], data_set.y[drawn]
    if len(set(y.tolist())) < 2:
        raise BenchmarkError(f"The {n_labels} labels drawn are all '{y[0]}': raise the budget.")
    train_s = _fit_s(make_student(replace(spec, calibration=NO_CALIBRATION)), X, y)
    method = AUTO_CALIBRATION if spec.calibration == NO_CALIBRATION else spec.calibration
    student = make_student(replace(spec, calibration=method))
    round_s = _fit_s(student, X, y)
    assert isinstance(student, CalibratedStudent)
    return CalibrationEffect(
        spec=spec,
        n_labels=n_labels,
        n_measured=len(rest),
        method=str(student.calibration.method),
        raw=_sureness(student.student, data_set.X[rest], data_set.y[rest]),
        calibrated=_sureness(student, data_set.X[rest], data_set.y[rest]),
        train_s=train_s,
        round_s=round_s,
    )


def _fit_s(student: Student, X: Vectors, y: Labels) -> float:
    started = time.process_time()
    student.fit(X, y)
    return time.process_time() - started


def _sureness(student: Student, X: Vectors, y: Labels) -> Sureness:
    quality: Quality = measure_quality(student, X, y)
    return Sureness(
        accuracy=quality.accuracy,
        calibration_error=quality.calibration_error,
        paper_acceptance=float(normalized_uncertainty(student.predict_proba(X)).mean()),
    )
