"""The simulated teacher: a data set's own labels, made wrong on purpose where noise is asked for. No LLM is asked."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.run_spec import Aggregation, NoiseKind, RunSpec
from mraru.benchmark.rules.missing_library import missing_library
from mraru.errors import BenchmarkError
from mraru.interfaces import Labels, Vectors

NOISE_STREAM = 1  # keeps its draws apart from those of seeding and selection


class SimulatedTeacher(Protocol):
    """Labels rows of the pool."""

    def label(self, rows: NDArray[np.intp]) -> Labels:
        """The labels of all rows asked about so far, shape `(len(rows),)`."""
        ...


def make_simulated_teacher(spec: RunSpec, data_set: DataSet) -> SimulatedTeacher:
    """The simulated teacher of a run; what it says of a text depends on the seed alone, not on the rule."""
    rng = np.random.default_rng([spec.seed, NOISE_STREAM])
    if spec.ensemble is not None:
        wrong = 1.0 - spec.ensemble.accuracy
        answers = [uniform_noise(data_set.y, wrong, rng) for _ in range(spec.ensemble.n_teachers)]
        return EnsembleTeacher(answers, spec.ensemble.aggregation)
    if spec.noise_kind is NoiseKind.ZERO_SHOT:
        return LabelTeacher(_zero_shot(data_set))
    if spec.noise and spec.noise_kind is NoiseKind.ZERO_SHOT_ERRORS:
        return LabelTeacher(zero_shot_noise(data_set.y, spec.noise, _zero_shot(data_set), rng))
    if spec.noise and spec.noise_kind is NoiseKind.CLASS:
        return LabelTeacher(class_noise(data_set.y, spec.noise, nearest_classes(data_set.X, data_set.y), rng))
    return LabelTeacher(uniform_noise(data_set.y, spec.noise, rng))


def _zero_shot(data_set: DataSet) -> Labels:
    if data_set.zero_shot is None:
        raise BenchmarkError(f"What the zero-shot teacher says of '{data_set.name}' is not known: embed its classes.")
    return data_set.zero_shot


class LabelTeacher:
    """Gives the labels that it was made with."""

    def __init__(self, y: Labels) -> None:
        self._y = y

    def label(self, rows: NDArray[np.intp]) -> Labels:
        return self._y[rows]


class EnsembleTeacher:
    """Asks several teachers about every text and aggregates what they say."""

    def __init__(self, answers: list[Labels], aggregation: Aggregation) -> None:
        self._answers = answers
        self._aggregation = aggregation

    def label(self, rows: NDArray[np.intp]) -> Labels:
        votes = np.stack([answer[rows] for answer in self._answers])
        if self._aggregation is Aggregation.MAJORITY:
            return majority(votes)
        return dawid_skene(votes)


def uniform_noise(y: Labels, share: float, rng: np.random.Generator) -> Labels:
    """Labels of which about `share` are another class, each other class equally likely.

    >>> uniform_noise(np.array(["a", "b", "a"]), 0.0, np.random.default_rng(0)).tolist()
    ['a', 'b', 'a']
    """
    classes, codes = np.unique(y, return_inverse=True)
    is_wrong = rng.random(len(y)) < share
    shifts = rng.integers(1, max(2, len(classes)), size=len(y))
    noisy: Labels = classes[np.where(is_wrong, (codes + shifts) % len(classes), codes)]
    return noisy


def class_noise(y: Labels, share: float, mistaken_for: dict[str, str], rng: np.random.Generator) -> Labels:
    """Labels of which about `share` are the class that theirs is mistaken for.

    >>> class_noise(np.array(["a", "b"]), 1.0, {"a": "b", "b": "c"}, np.random.default_rng(0)).tolist()
    ['b', 'c']
    """
    is_wrong = rng.random(len(y)) < share
    mistaken = np.array([mistaken_for[label] for label in y.tolist()], dtype=np.str_)
    noisy: Labels = np.where(is_wrong, mistaken, y)
    return noisy


def zero_shot_noise(y: Labels, share: float, zero_shot: Labels, rng: np.random.Generator) -> Labels:
    """Labels of which this share are wrong as the zero-shot teacher is, on texts drawn among those where it is wrong.

    Raises:
        BenchmarkError: it is not wrong so often.

    >>> zero_shot_noise(np.array(["a", "b"]), 0.5, np.array(["a", "a"]), np.random.default_rng(0)).tolist()
    ['a', 'a']
    """
    wrong, n_wanted = np.flatnonzero(zero_shot != y), round(share * len(y))
    if n_wanted > len(wrong):
        raise BenchmarkError(f"The zero-shot teacher is wrong on {len(wrong)} of {len(y)} texts, not on {n_wanted}.")
    noisy = y.copy()
    chosen = rng.choice(wrong, n_wanted, replace=False)
    noisy[chosen] = zero_shot[chosen]
    return noisy


def nearest_classes(X: Vectors, y: Labels) -> dict[str, str]:
    """For each class the one whose mean vector is nearest to its own."""
    classes = np.unique(y)
    centroids = np.stack([X[y == label].mean(axis=0) for label in classes])
    distances = np.linalg.norm(centroids[:, None] - centroids[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return dict(zip(classes.tolist(), classes[distances.argmin(axis=1)].tolist(), strict=True))


def majority(votes: Labels) -> Labels:
    """The most frequent vote on each text; among equals the first teacher's that has it.

    Args:
        votes: shape `(n_teachers, n_texts)`.

    >>> majority(np.array([["a", "b"], ["b", "b"], ["c", "a"]])).tolist()
    ['a', 'b']
    """
    return np.array([Counter(column).most_common(1)[0][0] for column in votes.T.tolist()], dtype=np.str_)


def dawid_skene(votes: Labels) -> Labels:
    """Each text's likeliest label, given how often each teacher seems to confuse each class with each.

    Dawid and Skene (1979), as in crowd-kit.

    Args:
        votes: shape `(n_teachers, n_texts)`.

    Raises:
        BenchmarkError: crowd-kit is not installed.
    """
    try:
        import pandas as pd
        from crowdkit.aggregation import DawidSkene
    except ImportError as exc:
        raise missing_library("crowd-kit") from exc

    n_teachers, n_texts = votes.shape
    frame = pd.DataFrame(
        {
            "worker": np.repeat(np.arange(n_teachers), n_texts),
            "task": np.tile(np.arange(n_texts), n_teachers),
            "label": votes.ravel(),
        }
    )
    with warnings.catch_warnings():  # crowd-kit 1.4 calls pandas in a way that pandas 3.1 deprecates
        warnings.filterwarnings("ignore", message="The (inplace|copy) keyword")
        aggregated = DawidSkene(n_iter=20).fit_predict(frame)
    return np.array([aggregated[text] for text in range(n_texts)], dtype=np.str_)
