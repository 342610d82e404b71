"""How well each order finds the labels that a simulated teacher got wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score
from threadpoolctl import threadpool_limits

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.run_spec import BY_CHANCE, NoiseKind, RunSpec
from mraru.benchmark.replay.review_labels import JudgedLabels, judge_labels
from mraru.benchmark.replay.review_orders import REVIEW_ORDERS, ReviewOrder, Scores
from mraru.benchmark.report.seed_curves import Estimate, estimate
from mraru.errors import BenchmarkError

DEPTHS = (0.05, 0.1, 0.2)  # shares of the labels that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFigures:
    """How one order does on one seed's labels; all shares."""

    average_precision: float
    precision: tuple[float, ...]  # wrong ones among those looked at, by `DEPTHS`
    recall: tuple[float, ...]  # wrong ones that were looked at, by `DEPTHS`
    called_wrong: float | None = None  # labels with a score below 0.5; None: the score is no probability
    called_rightly: float | None = None  # wrong ones among them; None: there are none


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOutcome:
    """One order over all seeds."""

    student: str
    data_set: str
    noise_kind: NoiseKind
    noise: float
    n_labels: int
    order: str
    figures: tuple[ReviewFigures, ...]  # by seed

    @property
    def average_precision(self) -> Estimate:
        return estimate([found.average_precision for found in self.figures])

    def precision_at(self, place: int) -> Estimate:
        return estimate([found.precision[place] for found in self.figures])

    def recall_at(self, place: int) -> Estimate:
        return estimate([found.recall[place] for found in self.figures])

    @property
    def called_wrong(self) -> Estimate | None:
        return _estimate_known([found.called_wrong for found in self.figures])

    @property
    def called_rightly(self) -> Estimate | None:
        """Over the seeds in which some label was called wrong."""
        return _estimate_known([found.called_rightly for found in self.figures])

    def gain_over(self, other: ReviewOutcome) -> Estimate:
        """Average precision less that of another order on the same labels, seed by seed."""
        pairs = zip(self.figures, other.figures, strict=True)
        return estimate([one.average_precision - two.average_precision for one, two in pairs], least=-1.0)


def compare_review_orders(
    base: RunSpec,
    students: Sequence[str],
    data_sets: Sequence[DataSet],
    noises: Sequence[float],
    stages: Sequence[int],
    seeds: Sequence[int],
    *,
    on_progress: Callable[[int, int], None] = lambda n_done, n_runs: None,
) -> list[ReviewOutcome]:
    """Flip a share of the labels, uniformly and by class, and see which order finds them.

    Args:
        base: rule, batch size and calibration of all runs.
        stages: numbers of labels at which the labels are reviewed, ascending.

    Raises:
        BenchmarkError: a data set is too small, no label is wrong, or there is no such student or rule.
    """
    settings = [
        replace(base, data_set=found.name, student=student, noise_kind=kind, noise=noise)
        for found in data_sets
        for student in students
        for noise in noises
        for kind in BY_CHANCE
    ]
    by_name = {found.name: found for found in data_sets}
    outcomes: list[ReviewOutcome] = []
    n_runs = len(settings) * len(seeds)
    on_progress(0, n_runs)
    for place, setting in enumerate(settings):
        by_seed = []
        for seed in seeds:
            with threadpool_limits(1):  # several would make sums, and so results, depend on the machine
                by_seed.append(judge_labels(replace(setting, seed=seed), by_name[setting.data_set], stages))
            on_progress(place * len(seeds) + len(by_seed), n_runs)
        for stage, n_labels in enumerate(stages):
            judged = list(zip(seeds, (of_seed[stage] for of_seed in by_seed), strict=True))
            outcomes += [_outcome(setting, n_labels, order, judged) for order in REVIEW_ORDERS]
    return outcomes


def measure_order(judged: JudgedLabels, order: ReviewOrder, seed: int) -> ReviewFigures:
    """How soon this order comes upon the wrong labels.

    Raises:
        BenchmarkError: no label is wrong.
    """
    is_wrong = judged.is_wrong
    if not is_wrong.any():
        raise BenchmarkError(f"None of {len(is_wrong)} labels is wrong: raise --noise.")
    scores = order.score(judged, seed)
    called = scores < 0.5 if order.is_probability else None
    return ReviewFigures(
        average_precision=float(average_precision_score(is_wrong, -scores)),
        precision=tuple(float(is_wrong[_first(scores, share)].mean()) for share in DEPTHS),
        recall=tuple(float(is_wrong[_first(scores, share)].sum() / is_wrong.sum()) for share in DEPTHS),
        called_wrong=None if called is None else float(called.mean()),
        called_rightly=float(is_wrong[called].mean()) if called is not None and called.any() else None,
    )


def _first(scores: Scores, share: float) -> NDArray[np.intp]:
    """Places of the lowest scores, among equals those asked first; at least one."""
    return np.argsort(scores, kind="stable")[: max(1, round(share * len(scores)))]


def _outcome(
    setting: RunSpec, n_labels: int, order: ReviewOrder, judged: Sequence[tuple[int, JudgedLabels]]
) -> ReviewOutcome:
    return ReviewOutcome(
        student=setting.student,
        data_set=setting.data_set,
        noise_kind=setting.noise_kind,
        noise=setting.noise,
        n_labels=n_labels,
        order=order.name,
        figures=tuple(measure_order(found, order, seed) for seed, found in judged),
    )


def _estimate_known(values: Sequence[float | None]) -> Estimate | None:
    known = [value for value in values if value is not None]
    return estimate(known) if known else None
