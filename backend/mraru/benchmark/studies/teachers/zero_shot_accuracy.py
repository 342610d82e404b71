"""How often the built-in zero-shot teacher is right, on which classes it fails, and whether its labels give it away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mraru.benchmark.core.data_sets import DataSet
from mraru.interfaces import Embedder, Labels, Vectors
from mraru.projects.diagnoses.teacher_diagnostics import LEAST_FIT
from mraru.projects.diagnoses.zero_shot_fit import MOST_CLASSES, N_TEXTS
from mraru.quality.neighbour_agreement import neighbour_agreement
from mraru.schema_records import Choice, LabelSchema
from mraru.teachers.zero_shot.zero_shot_teacher import ZeroShotTeacher

FIT_STREAM = 8  # beside the streams of the other measurements
PARTS = (3, 5, 10, 20)  # classes that are drawn of a data set, as if they were a project of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassAccuracy:
    """The texts of one class."""

    label: str
    n_texts: int
    n_right: int
    taken_for: str | None  # the wrong label that it gave most often; None: it gave none

    @property
    def right(self) -> float:
        return self.n_right / self.n_texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some classes of a data set, or all, with the texts of these alone."""

    n_classes: int
    right: float  # share of the texts
    agreement: float  # of a random sample of them with its neighbours, as the product measures it

    @property
    def is_flagged(self) -> bool:
        """Whether the product would say that the labels do not fit the texts."""
        return self.agreement < LEAST_FIT


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroShotOutcome:
    """One data set."""

    data_set: str
    n_texts: int
    right: float  # share of all texts
    by_class: tuple[ClassAccuracy, ...]  # the worst first
    whole: tuple[Part, ...]  # all classes, by seed; none where the product measures nothing
    parts: tuple[Part, ...]  # some classes


def measure_zero_shot(data_set: DataSet, embedder: Embedder, n_seeds: int) -> ZeroShotOutcome:
    """Label all texts, those held out included, by the code that labels in the product.

    Args:
        embedder: the one that embedded the texts.
    """
    X = np.concatenate([data_set.X, data_set.X_test])
    y = np.concatenate([data_set.y, data_set.y_test])
    classes = np.unique(y)
    said = _label(embedder, classes, X)
    sizes = [size for size in PARTS if size < len(classes)]
    drawn = [
        (size, _measure_part(embedder, X, y, classes, size, np.random.default_rng([seed, size, FIT_STREAM])))
        for size in [*sizes, len(classes)]
        if size <= MOST_CLASSES
        for seed in range(n_seeds)
    ]
    measured = [(size, part) for size, part in drawn if part is not None]
    return ZeroShotOutcome(
        data_set=data_set.name,
        n_texts=len(y),
        right=float((said == y).mean()),
        by_class=tuple(sorted((_measure_class(label, said[y == label]) for label in classes), key=_by_accuracy)),
        whole=tuple(part for size, part in measured if size == len(classes)),
        parts=tuple(part for size, part in measured if size < len(classes)),
    )


def _label(embedder: Embedder, classes: Labels, X: Vectors) -> Labels:
    schema = LabelSchema(
        from_name="label",
        to_name="text",
        text_field="text",
        choices=tuple(Choice(value=label) for label in classes.tolist()),
    )
    return np.array(ZeroShotTeacher(embedder, schema).label_vectors(X), dtype=np.str_)


def _measure_part(
    embedder: Embedder, X: Vectors, y: Labels, classes: Labels, n_classes: int, rng: np.random.Generator
) -> Part | None:
    chosen = np.sort(rng.permutation(classes)[:n_classes])
    rows: NDArray[np.intp] = rng.permutation(np.flatnonzero(np.isin(y, chosen)))
    if len(rows) < N_TEXTS:
        return None
    said, sample = _label(embedder, chosen, X[rows]), rows[:N_TEXTS]
    return Part(
        n_classes=n_classes,
        right=float((said == y[rows]).mean()),
        agreement=neighbour_agreement(X[sample], said[:N_TEXTS].tolist()),
    )


def _measure_class(label: str, said: Labels) -> ClassAccuracy:
    wrong = Counter(said[said != label].tolist())
    return ClassAccuracy(
        label=str(label),
        n_texts=len(said),
        n_right=int((said == label).sum()),
        taken_for=wrong.most_common(1)[0][0] if wrong else None,
    )


def _by_accuracy(measured: ClassAccuracy) -> tuple[float, str]:
    return measured.right, measured.label


def split_by_accuracy(parts: Sequence[Part], edges: Sequence[float]) -> list[list[Part]]:
    """Parts right in less than the first edge, from there to the second, and so on; the last from the last edge on.

    >>> parts = [Part(n_classes=3, right=right, agreement=0.5) for right in (0.5, 0.7, 0.9)]
    >>> [len(group) for group in split_by_accuracy(parts, (0.7, 0.85))]
    [1, 1, 1]
    """
    bounds = [-np.inf, *edges, np.inf]
    return [[part for part in parts if low <= part.right < high] for low, high in pairwise(bounds)]
