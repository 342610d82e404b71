"""The seeding of a run: exact counts on data sets made so that they can be told, and the limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fakes.blobs import BlobEmbedder, make_blobs, theme_texts
from fakes.embedders import CountingEmbedder
from mraru.benchmark.core.data_sets import DataSet, as_data_set, hold_out
from mraru.benchmark.core.experiment import run_experiment
from mraru.benchmark.core.results import RunFolder
from mraru.benchmark.core.run_seeding import SAMPLE_SIZE, seed_rows
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.simulated_teacher import LabelTeacher
from mraru.errors import BenchmarkError
from mraru.projects.rounds.seeding_method import SeedingMethod
from mraru.settings import load_settings

ZERO_SHOT = RunSpec(data_set="rare", student="logreg", rule="random", seed=1, seeding=SeedingMethod.ZERO_SHOT)
RANDOM = replace(ZERO_SHOT, seeding=SeedingMethod.RANDOM)
N_COMMON = 300


@pytest.fixture
def rare() -> DataSet:
    """Three classes whose vectors are their names'; `c` has two texts among hundreds, the rest is `a` and `b`."""
    y = np.array([*["a", "b"] * (N_COMMON // 2), "c", "c"])
    X = np.eye(3, dtype=np.float32)[np.searchsorted(["a", "b", "c"], y)]
    return DataSet(name="rare", X=X, y=y, X_test=X, y_test=y, class_vectors=np.eye(3, dtype=np.float32))


def in_sample(rare: DataSet) -> DataSet:
    """A pool so small that the sample in which classes are looked for is all of it."""
    rows = np.r_[0:100, N_COMMON : N_COMMON + 2]
    return replace(rare, X=rare.X[rows], y=rare.y[rows])


def seed(spec: RunSpec, data_set: DataSet) -> list[int]:
    return seed_rows(spec, LabelTeacher(data_set.y), data_set).tolist()


@pytest.mark.parametrize("number", range(5))
def test_three_classes_that_their_names_tell_take_one_draw_of_four(rare: DataSet, number: int) -> None:
    pool = in_sample(rare)

    rows = seed(replace(ZERO_SHOT, seed=number), pool)

    assert len(rows) == len(set(rows)) == 4
    assert set(pool.y[rows]) == {"a", "b", "c"}


@pytest.mark.parametrize("number", range(5))
def test_random_draws_end_with_the_draw_that_completes_the_classes(rare: DataSet, number: int) -> None:
    rows = seed(replace(RANDOM, seed=number, seeding_limit=None), rare)

    order = np.random.default_rng([number, 2]).permutation(len(rare.y)).tolist()  # as all curves have ever begun
    first = next(place for place, row in enumerate(order, start=1) if rare.y[row] == "c")
    assert rows == order[: 4 * -(-first // 4)]


@pytest.mark.parametrize("spec", [ZERO_SHOT, RANDOM])
def test_the_limit_and_the_budget_hold_where_a_class_is_never_named(rare: DataSet, spec: RunSpec) -> None:
    class Blind(LabelTeacher):
        def label(self, rows: np.ndarray) -> np.ndarray:
            return np.where(super().label(rows) == "c", "a", super().label(rows))

    def count(changed: RunSpec) -> int:
        return len(seed_rows(changed, Blind(rare.y), rare))

    assert count(spec) == 200
    assert count(replace(spec, seeding_limit=30)) == 30
    assert count(replace(spec, budget=22)) == 22
    assert count(replace(spec, seeding_limit=None)) == len(rare.y)


def test_names_that_say_nothing_leave_the_draws_to_chance(rare: DataSet) -> None:
    misleading = replace(rare, class_vectors=np.eye(3, dtype=np.float32)[[1, 2, 0]])

    rows = seed(replace(ZERO_SHOT, seeding_limit=None), misleading)

    assert set(misleading.y[rows]) == {"a", "b", "c"}
    assert len(rows) == len(set(rows))


def test_the_same_seed_draws_the_same_texts_and_another_seed_others(rare: DataSet) -> None:
    assert seed(ZERO_SHOT, rare) == seed(ZERO_SHOT, rare) != seed(replace(ZERO_SHOT, seed=2), rare)


def test_zero_shot_seeding_needs_the_classes_vectors() -> None:
    with pytest.raises(BenchmarkError, match="vectors of the classes of 'blobs'"):
        seed(ZERO_SHOT, make_blobs())


def test_the_sample_is_as_large_as_the_product_s() -> None:
    assert load_settings().seeding_sample == SAMPLE_SIZE


def test_classes_are_embedded_as_the_product_describes_them_and_only_when_asked_for() -> None:
    texts, labels = theme_texts(60, ("card_arrival", "top_up"))
    plain, named = CountingEmbedder(), CountingEmbedder()

    assert as_data_set(hold_out("mine", texts, labels), plain.embed).class_vectors is None
    found = as_data_set(hold_out("mine", texts, labels), named.embed, with_classes=True)

    described = ["This text is about card arrival.", "This text is about top up."]
    assert named.embedded == [*plain.embedded, *described]
    assert found.class_vectors is not None
    np.testing.assert_array_equal(found.class_vectors, CountingEmbedder().embed(described))


def test_a_curve_begins_with_the_seeding_that_its_spec_names(rare: DataSet) -> None:
    pool = in_sample(rare)
    starts = [
        run_experiment(replace(spec, budget=60, seeding_limit=None), pool).curve[0].n_labels
        for spec in (ZERO_SHOT, RANDOM)
    ]

    assert starts == [4, len(seed(replace(RANDOM, seeding_limit=None), pool))]
    assert starts[1] > 4


def test_a_kept_run_comes_back_with_its_seeding(tmp_path: Path, rare: DataSet) -> None:
    folder = RunFolder(tmp_path)
    result = run_experiment(replace(ZERO_SHOT, budget=40, seeding_limit=None), rare)
    folder.save(result)

    kept = folder.load(result.spec)

    assert kept == result
    assert isinstance(kept.spec.seeding, SeedingMethod)
    assert folder.load(replace(result.spec, seeding=SeedingMethod.RANDOM)) is None


def test_specs_with_the_default_seeding_keep_the_names_that_their_runs_had() -> None:
    assert RANDOM.key == "rare-logreg-random-1-2c4c6202d6c8"
    assert len({RANDOM.key, ZERO_SHOT.key, replace(RANDOM, seeding_limit=None).key}) == 3


def test_what_seeding_differs_in_is_said_in_words() -> None:
    assert RANDOM.condition == ""
    assert replace(ZERO_SHOT, seeding_limit=None).condition == "zero-shot seeding, seeding without a limit"
    assert replace(ZERO_SHOT, seeding_limit=8).condition == "zero-shot seeding, seeding up to 8"


def test_blobs_whose_names_are_near_them_are_found_in_fewer_calls_than_by_chance() -> None:
    class Naming(BlobEmbedder):
        def _vector(self, text: str) -> np.ndarray:
            return super()._vector(text.removeprefix("This text is about ").removesuffix("."))

    texts, labels = theme_texts(170, ("food", "sport"))
    texts, labels = [*texts, "tech 1", "tech 2", "tech 3"], [*labels, "tech", "tech", "tech"]
    found = as_data_set(hold_out("mine", texts, labels), Naming(n_dimensions=16, spread=0.4).embed, with_classes=True)
    assert set(found.classes) == {"food", "sport", "tech"}

    zero_shot, random = (
        [len(seed(replace(spec, seed=number, seeding_limit=None), found)) for number in range(4)]
        for spec in (ZERO_SHOT, RANDOM)
    )

    assert max(zero_shot) <= 8
    assert np.mean(zero_shot) < np.mean(random) / 3
