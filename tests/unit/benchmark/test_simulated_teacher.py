from __future__ import annotations

import numpy as np
import pytest

from fakes.blobs import make_blobs
from mraru.benchmark.core.run_spec import BY_CHANCE, Aggregation, Ensemble, RunSpec
from mraru.benchmark.core.simulated_teacher import (
    class_noise,
    dawid_skene,
    majority,
    make_simulated_teacher,
    nearest_classes,
    uniform_noise,
)

Y = np.array(["a", "b", "c", "d"] * 2500)
PLAIN = RunSpec(data_set="blobs", student="logreg", rule="random", seed=3)


def test_uniform_noise_mistakes_the_wished_share_for_every_other_class_alike() -> None:
    noisy = uniform_noise(Y, 0.3, np.random.default_rng(0))

    assert np.mean(noisy != Y) == pytest.approx(0.3, abs=0.02)
    wrong = noisy[(noisy != Y) & (Y == "a")]
    assert [np.mean(wrong == label) for label in "bcd"] == pytest.approx([1 / 3] * 3, abs=0.06)


def test_class_noise_always_names_the_class_that_it_is_mistaken_for() -> None:
    noisy = class_noise(Y, 0.2, {"a": "b", "b": "a", "c": "d", "d": "c"}, np.random.default_rng(0))

    assert np.mean(noisy != Y) == pytest.approx(0.2, abs=0.02)
    assert set(noisy[Y == "c"]) == {"c", "d"}


def test_a_class_is_mistaken_for_the_one_whose_mean_is_nearest() -> None:
    X = np.array([[0, 0], [1, 0], [10, 0]], dtype=np.float32)

    assert nearest_classes(X, np.array(["a", "b", "c"])) == {"a": "b", "b": "a", "c": "b"}


@pytest.mark.parametrize("aggregation", list(Aggregation))
def test_three_weak_teachers_are_right_more_often_than_one(aggregation: Aggregation) -> None:
    if aggregation is Aggregation.DAWID_SKENE:
        pytest.importorskip("crowdkit")
    data_set = make_blobs(n_pool=900)
    rows = np.arange(900)

    def accuracy(n_teachers: int) -> float:
        spec = RunSpec(
            data_set="blobs",
            student="logreg",
            rule="random",
            seed=0,
            ensemble=Ensemble(n_teachers=n_teachers, aggregation=aggregation),
        )
        return float(np.mean(make_simulated_teacher(spec, data_set).label(rows) == data_set.y))

    assert accuracy(1) == pytest.approx(0.7, abs=0.04)
    assert accuracy(5) > accuracy(1) + 0.08


def test_equal_votes_go_to_the_first_teacher() -> None:
    assert majority(np.array([["a"], ["b"]])).tolist() == ["a"]


def test_dawid_and_skene_trust_the_teacher_that_agrees_with_others() -> None:
    pytest.importorskip("crowdkit")
    rng = np.random.default_rng(0)
    good = [uniform_noise(Y[:600], 0.05, rng) for _ in range(2)]
    votes = np.stack([uniform_noise(Y[:600], 0.75, rng), *good])

    assert np.mean(dawid_skene(votes) == Y[:600]) > 0.93


def test_without_noise_the_teacher_says_the_truth() -> None:
    data_set = make_blobs()

    assert make_simulated_teacher(PLAIN, data_set).label(np.array([4, 1])).tolist() == data_set.y[[4, 1]].tolist()


def test_what_the_teacher_says_of_a_text_does_not_depend_on_the_rule() -> None:
    data_set = make_blobs()
    rows = np.arange(len(data_set.y))
    said = [
        make_simulated_teacher(
            RunSpec(data_set="blobs", student="logreg", rule=rule, seed=3, noise=0.4, noise_kind=kind), data_set
        ).label(rows)
        for kind in BY_CHANCE
        for rule in ("random", "paper")
    ]

    assert said[0].tolist() == said[1].tolist() != said[2].tolist() == said[3].tolist()
