"""A student of whole paths against one of the first level with one below each of its nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.run_students import make_student
from mraru.errors import BenchmarkError
from mraru.interfaces import Labels, Probabilities, Vectors
from mraru.labelstudio.label_configs.taxonomy_tags import SEPARATOR

DRAWING_STREAM = 5  # beside the streams of other studies

Learned = tuple[Labels, Probabilities]  # paths, and how likely each is for each text


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelOutcome:
    """One way to learn, once, on labels drawn at random; right are shares of the test texts."""

    data_set: str
    way: str
    n_labels: int
    seed: int
    right_first: float  # the first part of the path
    right: float  # all of it


def measure_levels(data_set: DataSet, specs: Sequence[RunSpec]) -> list[LevelOutcome]:
    """Train each way on the same labels, and look at the test texts.

    Args:
        specs: which student, with how many labels (its budget), and with which seed.

    Raises:
        BenchmarkError: the labels are no paths, or there are fewer than are to be drawn.
    """
    if not any(SEPARATOR in label for label in data_set.y.tolist()):
        raise BenchmarkError(f"The labels of '{data_set.name}' are no paths: write them 'first{SEPARATOR}second'.")
    return [outcome for spec in specs for outcome in _measure(data_set, spec)]


def first_parts(paths: Labels) -> Labels:
    """The first level of each.

    >>> first_parts(np.array(["NUM / date", "HUM"])).tolist()
    ['NUM', 'HUM']
    """
    return np.array([path.split(SEPARATOR)[0] for path in paths.tolist()], dtype=np.str_)


def _measure(data_set: DataSet, spec: RunSpec) -> list[LevelOutcome]:
    n_labels = spec.budget or 0
    if not 0 < n_labels <= len(data_set.y):
        raise BenchmarkError(f"'{data_set.name}' has {len(data_set.y):,} texts to learn from, fewer than {n_labels:,}.")
    drawn = np.random.default_rng([spec.seed, DRAWING_STREAM]).choice(len(data_set.y), n_labels, replace=False)
    X, y, truth = data_set.X[drawn], data_set.y[drawn], data_set.y_test
    outcomes = []
    for way, learn in WAYS.items():
        paths, likely = learn(spec, X, y, data_set.X_test)
        said = paths[likely.argmax(axis=1)]
        outcomes.append(
            LevelOutcome(
                data_set=data_set.name,
                way=way,
                n_labels=n_labels,
                seed=spec.seed,
                right_first=float(np.mean(first_parts(said) == first_parts(truth))),
                right=float(np.mean(said == truth)),
            )
        )
    return outcomes


def _learn_flat(spec: RunSpec, X: Vectors, y: Labels, X_test: Vectors) -> Learned:
    return _fit(spec, X, y, X_test)


def _learn_levels(spec: RunSpec, X: Vectors, y: Labels, X_test: Vectors) -> Learned:
    """A path is as likely as its first part, times what the student below that makes of it."""
    firsts = first_parts(y)
    nodes, likely = _fit(spec, X, firsts, X_test)
    below = [_fit(spec, X[firsts == node], y[firsts == node], X_test) for node in nodes]
    paths = np.concatenate([found for found, _ in below])
    return paths, np.hstack([likely[:, [column]] * within for column, (_, within) in enumerate(below)])


def _learn_first_level_first(spec: RunSpec, X: Vectors, y: Labels, X_test: Vectors) -> Learned:
    """The likeliest first part is settled before anything below it is looked at."""
    firsts = first_parts(y)
    nodes, likely = _fit(spec, X, firsts, X_test)
    settled = nodes[likely.argmax(axis=1)]
    paths, products = _learn_levels(spec, X, y, X_test)
    return paths, np.where(first_parts(paths)[None, :] == settled[:, None], products, -1.0)


WAYS: Mapping[str, Callable[[RunSpec, Vectors, Labels, Vectors], Learned]] = {
    "flat": _learn_flat,
    "levels, multiplied": _learn_levels,
    "levels, first settled": _learn_first_level_first,
}


def _fit(spec: RunSpec, X: Vectors, y: Labels, X_test: Vectors) -> Learned:
    if len(np.unique(y)) == 1:
        return y[:1], np.ones((len(X_test), 1))
    student = make_student(spec)
    student.fit(X, y)
    return student.classes_, student.predict_proba(X_test)
