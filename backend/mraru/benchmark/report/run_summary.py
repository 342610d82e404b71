"""What the runs of all seeds add up to: one row for each data set, student, condition and rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mraru.benchmark.core.experiment import CurvePoint, RunResult
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.report.seed_curves import (
    Estimate,
    MeanCurve,
    area_under,
    estimate,
    labels_to_reach,
    mean_curve,
)

RANDOM, EXHAUSTIVE_MARGIN = "random", "exhaustive-margin"  # what the others are compared with
TEACHER_S = 1.0  # assumed seconds of an LLM's answer, for the share of time that training takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Labels until the mean curve is where random sampling ends; None: never."""

    labels: int | None
    fewest: int | None  # by the upper edge of the curve's band
    most: int | None  # by its lower edge
    of: int  # labels that random sampling ended with

    @property
    def cut(self) -> float | None:
        """Share of labels saved against random sampling's end.

        >>> Reach(labels=25, fewest=20, most=30, of=100).cut
        0.75
        """
        return None if self.labels is None else 1.0 - self.labels / self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """All seeds of one rule under one condition."""

    spec: RunSpec  # with seed -1
    n_seeds: int
    n_pool: int
    n_labels: int  # at the end, of the seed that used most
    accuracy: Estimate  # at the end
    balanced_accuracy: Estimate
    micro_f1: Estimate | None  # at the end, of sets of labels
    micro_reach: Reach | None
    reach: Reach | None  # None: random sampling was not run
    balanced_reach: Reach | None
    end: Estimate | None  # random sampling's accuracy when every text of the pool is labelled; None: not measured
    balanced_end: Estimate | None
    end_reach: Reach | None  # labels until the mean curve is there
    balanced_end_reach: Reach | None
    area: Estimate  # mean accuracy along the curve
    area_ratio: float | None  # to exhaustive margin's
    acceptance_rate: float | None  # accepted of visited; None for rules that choose rather than draw
    scored_per_accepted: float | None
    scored_ratio: float | None  # texts scored, to exhaustive margin's
    calibration_error: Estimate  # expected calibration error, mean along the curve
    entropy_accepted: float | None  # bits, mean over rounds
    entropy_rejected: float | None
    train_s: float  # seconds a training takes, mean
    select_s: float  # seconds a batch takes to choose, mean
    train_share: float  # of the time of a round whose LLM answers one text a second
    curve: MeanCurve
    balanced_curve: MeanCurve


def summarize(results: Iterable[RunResult]) -> list[Row]:
    """One row for each group of runs that differ in their seed alone, in the order of their first run.

    Runs to the pool's end (`RunSpec.pool_end`) have no row of their own where others are compared with them.
    """
    groups: dict[RunSpec, list[RunResult]] = {}
    for result in results:
        groups.setdefault(result.spec.group, []).append(result)
    ends = {spec.pool_end for spec in groups if spec != spec.pool_end}
    return [_row(spec, groups) for spec in groups if spec not in ends]


def _row(spec: RunSpec, groups: dict[RunSpec, list[RunResult]]) -> Row:
    runs = groups[spec]
    peers = {other.rule: group for other, group in groups.items() if other.setting == spec.setting}
    points = [point for run in runs for point in run.curve]
    rounds = [point for run in runs for point in run.curve[1:]]
    curve, balanced_curve = _mean_curve(runs, _accuracy), _mean_curve(runs, _balanced_accuracy)
    area = estimate([_area(run) for run in runs])
    exhaustive = peers.get(EXHAUSTIVE_MARGIN)
    ends = groups.get(spec.pool_end) if spec != spec.pool_end else None
    n_accepted, n_visited = sum(point.n_accepted for point in rounds), sum(point.n_visited for point in rounds)
    n_scored = sum(point.n_scored for point in rounds)
    draws = any(point.entropy_rejected is not None for point in rounds)
    train_s = sum(point.train_s for point in points)
    select_s = sum(point.select_s for point in rounds)
    asked_s = TEACHER_S * sum(run.curve[-1].n_labels for run in runs)
    has_sets = points[0].micro_f1 is not None
    n_batches = max(1.0, sum(np.ceil(point.n_accepted / spec.batch_size) for point in rounds))
    return Row(
        spec=spec,
        n_seeds=len(runs),
        n_pool=runs[0].n_pool,
        n_labels=max(run.curve[-1].n_labels for run in runs),
        accuracy=estimate([run.curve[-1].accuracy for run in runs]),
        balanced_accuracy=estimate([run.curve[-1].balanced_accuracy for run in runs]),
        micro_f1=estimate([_micro_f1(run.curve[-1]) for run in runs]) if has_sets else None,
        micro_reach=_reach(_mean_curve(runs, _micro_f1), peers.get(RANDOM), _micro_f1) if has_sets else None,
        reach=_reach(curve, peers.get(RANDOM), _accuracy),
        balanced_reach=_reach(balanced_curve, peers.get(RANDOM), _balanced_accuracy),
        end=_end(ends, _accuracy),
        balanced_end=_end(ends, _balanced_accuracy),
        end_reach=_reach(curve, ends, _accuracy),
        balanced_end_reach=_reach(balanced_curve, ends, _balanced_accuracy),
        area=area,
        area_ratio=area.mean / float(np.mean([_area(run) for run in exhaustive])) if exhaustive else None,
        acceptance_rate=n_accepted / n_visited if draws else None,
        scored_per_accepted=n_scored / n_accepted if n_accepted and n_scored else None,
        scored_ratio=n_scored / len(runs) / _mean_scored(exhaustive) if exhaustive else None,
        calibration_error=estimate([float(np.mean([p.calibration_error for p in run.curve])) for run in runs]),
        entropy_accepted=_mean_known(point.entropy_accepted for point in rounds),
        entropy_rejected=_mean_known(point.entropy_rejected for point in rounds),
        train_s=train_s / len(points),
        select_s=select_s / n_batches,
        train_share=train_s / (train_s + select_s + asked_s),
        curve=curve,
        balanced_curve=balanced_curve,
    )


Measure = Callable[[CurvePoint], float]


def _accuracy(point: CurvePoint) -> float:
    return point.accuracy


def _balanced_accuracy(point: CurvePoint) -> float:
    return point.balanced_accuracy


def _micro_f1(point: CurvePoint) -> float:
    return point.micro_f1 or 0.0


def _mean_curve(runs: Sequence[RunResult], measure: Measure) -> MeanCurve:
    return mean_curve([([p.n_labels for p in run.curve], [measure(p) for p in run.curve]) for run in runs])


def _reach(curve: MeanCurve, random: Sequence[RunResult] | None, measure: Measure) -> Reach | None:
    if not random:
        return None
    target = float(np.mean([measure(run.curve[-1]) for run in random]))
    return Reach(
        labels=labels_to_reach(curve.n_labels, curve.mean, target),
        fewest=labels_to_reach(curve.n_labels, curve.high, target),
        most=labels_to_reach(curve.n_labels, curve.low, target),
        of=max(run.curve[-1].n_labels for run in random),
    )


def _end(runs: Sequence[RunResult] | None, measure: Measure) -> Estimate | None:
    return estimate([measure(run.curve[-1]) for run in runs]) if runs else None


def _area(run: RunResult) -> float:
    """Up to the budget, also of a run that ended before it."""
    stop = run.n_pool if run.spec.budget is None else min(run.spec.budget, run.n_pool)
    n_labels = [point.n_labels for point in run.curve]
    return area_under(n_labels, [point.accuracy for point in run.curve], n_labels[0], stop)


def _mean_scored(runs: Sequence[RunResult]) -> float:
    return sum(point.n_scored for run in runs for point in run.curve) / len(runs)


def _mean_known(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
