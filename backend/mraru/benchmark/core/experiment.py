"""One run: the paper's loop on a data set whose labels are known, measured after every training."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mraru.benchmark.core.data_sets import ArrayPool, DataSet
from mraru.benchmark.core.measures import Quality, mean_entropy, measure_quality
from mraru.benchmark.core.run_seeding import seed_rows
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.run_students import make_student
from mraru.benchmark.core.simulated_teacher import make_simulated_teacher
from mraru.benchmark.rules.compared_rules import make_rule
from mraru.errors import BenchmarkError
from mraru.interfaces import Student
from mraru.selection_records import Selection
from mraru.students.calibration.calibration_error import ReliabilityBin

SELECTION_STREAM = 3  # beside the streams of noise and seeding, so that no draw depends on another's number
N_REJECTED = 200  # rejected texts of a round whose entropy is measured, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One training and the selection before it; the first point is the seeding's."""

    n_labels: int  # so far, seeding included
    accuracy: float  # of the student on the texts held out; a set of labels is right as a whole
    balanced_accuracy: float  # of sets of labels, macro-F1
    calibration_error: float
    n_accepted: int  # by the selections since the last point
    n_visited: int
    n_scored: int  # texts that the student had to look at
    entropy_accepted: float | None  # bits, mean; None: nothing to measure
    entropy_rejected: float | None
    train_s: float
    select_s: float
    micro_f1: float | None = None  # of sets of labels


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A learning curve and how it ended."""

    spec: RunSpec
    n_pool: int  # texts to choose from
    n_test: int  # texts held out
    n_classes: int
    curve: tuple[CurvePoint, ...]
    reliability: tuple[ReliabilityBin, ...]  # of the last student
    end: str


def run_experiment(spec: RunSpec, data_set: DataSet) -> RunResult:
    """Run the loop until the budget is spent, the pool is empty or nothing is accepted.

    All rules start from the same seeding and the same simulated teacher, given the seed.

    Raises:
        BenchmarkError: the run's student or rule does not exist, seeding found one class alone, or it is zero-shot
            and the data set has no vectors of its classes.
    """
    return _Run(spec, data_set).finish()


class _Run:
    def __init__(self, spec: RunSpec, data_set: DataSet) -> None:
        self._spec, self._data = spec, data_set
        n_pool = len(data_set.y)
        self._budget = n_pool if spec.budget is None else min(spec.budget, n_pool)
        self._sampler = make_rule(spec.rule, spec.loop_settings)
        self._teacher = make_simulated_teacher(spec, data_set)
        self._rng = np.random.default_rng([spec.seed, SELECTION_STREAM])
        self._student: Student = make_student(spec, is_multiple=data_set.is_multiple, questions=data_set.questions)
        self._quality: Quality | None = None
        self._labelled = seed_rows(spec, self._teacher, data_set)
        self._unlabelled = np.setdiff1d(np.arange(n_pool, dtype=np.intp), self._labelled)
        self._curve: list[CurvePoint] = []

    def finish(self) -> RunResult:
        self._learn(_Selected())
        end = ""
        while not end:
            selected = _Selected()
            for _ in range(self._spec.retrain_every):
                end = end or self._select(selected)
            if selected.n_accepted:
                self._learn(selected)
        if self._quality is None:
            raise BenchmarkError("Nothing was learned.")
        return RunResult(
            spec=self._spec,
            n_pool=len(self._data.y),
            n_test=len(self._data.y_test),
            n_classes=len(self._data.classes),
            curve=tuple(self._curve),
            reliability=self._quality.reliability,
            end=end,
        )

    def _select(self, selected: _Selected) -> str:
        """One batch; the reason why it is the last, if it is."""
        n_wanted = min(self._spec.batch_size, self._budget - len(self._labelled))
        if n_wanted <= 0:
            return "budget spent"
        pool = ArrayPool(self._data.X, self._unlabelled)
        started = time.perf_counter()
        selection = self._sampler.select_batch(self._student, pool, n_wanted, self._rng)
        selected.select_s += time.perf_counter() - started
        accepted = np.array(selection.accepted, dtype=np.intp)
        selected.n_accepted += len(accepted)
        selected.n_visited += selection.n_visited
        selected.n_scored += pool.n_scored
        self._measure_entropy(selection, accepted, selected)
        self._labelled = np.concatenate([self._labelled, self._unlabelled[accepted]])
        self._unlabelled = np.delete(self._unlabelled, accepted)
        if not len(accepted):
            return str(selection.end)
        return "" if len(self._labelled) < self._budget else "budget spent"

    def _measure_entropy(self, selection: Selection, accepted: NDArray[np.intp], selected: _Selected) -> None:
        taken = set(selection.accepted)
        rejected = list(dict.fromkeys(visit.position for visit in selection.visits if visit.position not in taken))
        for positions, entropies in ((accepted, selected.accepted), (rejected[:N_REJECTED], selected.rejected)):
            if len(positions):
                vectors = self._data.X[self._unlabelled[np.asarray(positions, dtype=np.intp)]]
                entropies.append(mean_entropy(self._student.predict_proba(vectors)))

    def _learn(self, selected: _Selected) -> None:
        labels = self._teacher.label(self._labelled)
        student = make_student(self._spec, is_multiple=self._data.is_multiple, questions=self._data.questions)
        started = time.perf_counter()
        student.fit(self._data.X[self._labelled], labels)
        train_s = time.perf_counter() - started
        self._student = student
        self._quality = measure_quality(student, self._data.X_test, self._data.y_test, are_sets=self._data.is_multiple)
        self._curve.append(
            CurvePoint(
                n_labels=len(self._labelled),
                accuracy=self._quality.accuracy,
                balanced_accuracy=self._quality.balanced_accuracy,
                micro_f1=self._quality.micro_f1,
                calibration_error=self._quality.calibration_error,
                n_accepted=selected.n_accepted,
                n_visited=selected.n_visited,
                n_scored=selected.n_scored,
                entropy_accepted=_mean(selected.accepted),
                entropy_rejected=_mean(selected.rejected),
                train_s=train_s,
                select_s=selected.select_s,
            )
        )


class _Selected:
    """What the selections between two trainings add up to."""

    def __init__(self) -> None:
        self.n_accepted = self.n_visited = self.n_scored = 0
        self.select_s = 0.0
        self.accepted: list[float] = []
        self.rejected: list[float] = []


def _mean(numbers: list[float]) -> float | None:
    return float(np.mean(numbers)) if numbers else None
