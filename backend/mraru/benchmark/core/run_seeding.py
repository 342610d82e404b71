"""The initial labelled pool of a run, drawn as the product draws it, with a simulated teacher."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mraru.benchmark.core.data_sets import ArrayPool, DataSet, list_classes
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.simulated_teacher import SimulatedTeacher
from mraru.errors import BenchmarkError
from mraru.interfaces import Labels
from mraru.projects.rounds.seeding_method import SeedingMethod
from mraru.query_strategies.random_sampling import select_uniformly
from mraru.query_strategies.zero_shot_seeding import DRAW, NEAR, TEXTS_PER_CLASS, contrast, draw_nearest, fill_draw

SEEDING_STREAM = 2  # keeps its draws apart from those of noise and selection
SAMPLE_SIZE = 1000  # texts, the product's default


def seed_rows(spec: RunSpec, teacher: SimulatedTeacher, data_set: DataSet) -> NDArray[np.intp]:
    """Draws of four until the teacher has named each class or the limit, the budget or the pool is used up.

    Returns:
        Rows of the pool in the order in which they were asked about.

    Raises:
        BenchmarkError: one class alone was named, or seeding is zero-shot and the classes' vectors are missing.
    """
    rng = np.random.default_rng([spec.seed, SEEDING_STREAM])
    limits = [spec.budget, spec.seeding_limit]
    limit = min([len(data_set.y), *(limit for limit in limits if limit is not None)])
    draws = _ZeroShotDraws(data_set, rng) if spec.seeding is SeedingMethod.ZERO_SHOT else _RandomDraws(data_set, rng)
    rows: NDArray[np.intp] = np.empty(0, dtype=np.intp)
    labels: Labels = data_set.y[:0]
    while len(rows) < limit and not _name(labels, data_set) >= set(data_set.classes):
        rows = np.concatenate([rows, draws.draw(rows, labels, min(DRAW, limit - len(rows)))])
        labels = teacher.label(rows)
    if len(set(labels.tolist())) < 2:
        raise BenchmarkError(f"The first {len(rows)} labels are all '{labels[0]}': raise the budget.")
    return rows


def _name(labels: Labels, data_set: DataSet) -> set[str]:
    """The classes that these labels name; of sets, all that are in them."""
    return set(list_classes(labels.tolist(), is_multiple=data_set.is_multiple))


class _RandomDraws:
    """Anywhere, as in the paper."""

    def __init__(self, data_set: DataSet, rng: np.random.Generator) -> None:
        self._order = rng.permutation(len(data_set.y)).astype(np.intp)

    def draw(self, known: NDArray[np.intp], labels: Labels, n_wanted: int) -> NDArray[np.intp]:
        return self._order[len(known) : len(known) + n_wanted]


class _ZeroShotDraws:
    """Most of them near what a class without a label is called, as `mraru.projects.rounds.seeding` draws."""

    def __init__(self, data_set: DataSet, rng: np.random.Generator) -> None:
        if data_set.class_vectors is None:
            raise BenchmarkError(f"Zero-shot seeding needs the vectors of the classes of '{data_set.name}'.")
        self._data, self._rng = data_set, rng
        n_sample = min(len(data_set.y), SAMPLE_SIZE, TEXTS_PER_CLASS * len(data_set.classes))
        self._sample = rng.choice(len(data_set.y), n_sample, replace=False)
        self._nearness = contrast(data_set.X[self._sample] @ data_set.class_vectors.T)

    def draw(self, known: NDArray[np.intp], labels: Labels, n_wanted: int) -> NDArray[np.intp]:
        named = _name(labels, self._data)
        columns = [column for column, label in enumerate(self._data.classes) if label not in named]
        is_known = np.isin(self._sample, known)
        drawn = draw_nearest(self._nearness[:, columns], is_known, min(NEAR, n_wanted), self._rng)
        near = {int(self._sample[found.row]): found.probability for found in drawn}
        unlabelled = np.setdiff1d(np.arange(len(self._data.y), dtype=np.intp), known)
        positions = select_uniformly(ArrayPool(self._data.X, unlabelled), n_wanted, self._rng).accepted
        anywhere = unlabelled[np.asarray(positions, dtype=np.intp)].tolist()
        return np.array(list(fill_draw(near, anywhere, n_wanted)), dtype=np.intp)
