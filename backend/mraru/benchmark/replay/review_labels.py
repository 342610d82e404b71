"""Labels of a simulated teacher that is wrong on purpose, as people would review them: judged out of fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mraru.benchmark.core.data_sets import ArrayPool, DataSet
from mraru.benchmark.core.experiment import SELECTION_STREAM
from mraru.benchmark.core.run_seeding import seed_rows
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.run_students import NO_CALIBRATION, make_student
from mraru.benchmark.core.simulated_teacher import SimulatedTeacher, make_simulated_teacher
from mraru.benchmark.rules.compared_rules import make_rule
from mraru.errors import BenchmarkError
from mraru.interfaces import Labels, Probabilities
from mraru.students.calibration.calibrated import judge_out_of_fold

CONFIDENCE_STREAM = 4  # beside those of noise, seeding and selection
USUAL_LOG_ODDS = 2.5  # of the simulated teacher's confidence in a right label: 92 % sure
LOST_LOG_ODDS = 0.75  # in a wrong one: with a spread of 1, it tells right from wrong in 70 of 100 pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLabels:
    """Labels that the simulated teacher gave, in the order of asking, and what students of other folds say."""

    labels: Labels  # (n_texts,)
    truth: Labels  # (n_texts,), the data set's own
    confidences: NDArray[np.float64]  # (n_texts,), the simulated teacher's, in [0, 1]
    probabilities: Probabilities  # (n_texts, n_classes)
    classes: Labels  # (n_classes,), the columns

    @property
    def is_wrong(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.labels != self.truth
        return found

    @property
    def columns(self) -> NDArray[np.intp]:
        """The column of each label, shape `(n_texts,)`."""
        return np.searchsorted(self.classes, self.labels)


def judge_labels(spec: RunSpec, data_set: DataSet, stages: Sequence[int]) -> list[JudgedLabels]:
    """Let the spec's rule choose texts up to the last stage, and judge the labels that there are at each.

    Texts are chosen by students that are not calibrated; the spec's calibration is for those that judge.

    Args:
        stages: numbers of labels, ascending.

    Raises:
        BenchmarkError: the data set has too few texts, or the student or rule does not exist.
    """
    if len(data_set.y) < stages[-1]:
        raise BenchmarkError(
            f"'{data_set.name}' has {len(data_set.y)} texts to choose from: {stages[-1]} are asked for."
        )
    teacher = make_simulated_teacher(spec, data_set)
    rows = _choose_rows(spec, teacher, data_set, stages[-1])
    labels = teacher.label(rows)
    confidences = simulate_confidences(
        labels == data_set.y[rows], np.random.default_rng([spec.seed, CONFIDENCE_STREAM])
    )
    return [_judge(spec, data_set, rows[:n], labels[:n], confidences[:n]) for n in stages]


def simulate_confidences(is_right: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float64]:
    """How sure a teacher says it is: too sure, and surer where it is right, but not by much.

    >>> simulate_confidences(np.array([True, False]), np.random.default_rng(0)).round(2).tolist()
    [0.93, 0.83]
    """
    log_odds = USUAL_LOG_ODDS - LOST_LOG_ODDS * ~is_right + rng.normal(size=len(is_right))
    confidences: NDArray[np.float64] = 1 / (1 + np.exp(-log_odds))
    return confidences


def _choose_rows(spec: RunSpec, teacher: SimulatedTeacher, data_set: DataSet, n_labels: int) -> NDArray[np.intp]:
    """Rows of the pool in the order in which the loop asks about them."""
    choosing = replace(spec, calibration=NO_CALIBRATION)
    sampler, rng = make_rule(spec.rule), np.random.default_rng([spec.seed, SELECTION_STREAM])
    rows = seed_rows(spec, teacher, data_set)
    while len(rows) < n_labels:
        student = make_student(choosing)
        student.fit(data_set.X[rows], teacher.label(rows))
        unlabelled = np.setdiff1d(np.arange(len(data_set.y), dtype=np.intp), rows)
        n_wanted = min(spec.batch_size * spec.retrain_every, n_labels - len(rows))
        accepted = sampler.select_batch(student, ArrayPool(data_set.X, unlabelled), n_wanted, rng).accepted
        if not accepted:
            raise BenchmarkError(
                f"Rule '{spec.rule}' accepts nothing after {len(rows)} labels: name another, or fewer."
            )
        rows = np.concatenate([rows, unlabelled[np.asarray(accepted, dtype=np.intp)]])
    return rows


def _judge(
    spec: RunSpec, data_set: DataSet, rows: NDArray[np.intp], labels: Labels, confidences: NDArray[np.float64]
) -> JudgedLabels:
    if len(set(labels.tolist())) < 2:
        raise BenchmarkError(f"The first {len(rows)} labels are all '{labels[0]}': review more of them.")
    student = make_student(spec)
    student.fit(data_set.X[rows], labels)
    return JudgedLabels(
        labels=labels,
        truth=data_set.y[rows],
        confidences=confidences,
        probabilities=judge_out_of_fold(
            student, lambda: make_student(spec), data_set.X[rows], labels, None, seed=spec.seed
        ),
        classes=student.classes_,
    )
