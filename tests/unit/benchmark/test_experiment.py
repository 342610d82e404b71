from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fakes.blobs import make_blobs
from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.experiment import CurvePoint, RunResult, run_experiment
from mraru.benchmark.core.run_spec import RunSpec
from mraru.errors import BenchmarkError

SPEC = RunSpec(data_set="blobs", student="logreg", rule="paper", seed=1, budget=60, batch_size=10)


@pytest.fixture(scope="module")
def blobs() -> DataSet:
    return make_blobs()


def without_times(result: RunResult) -> list[CurvePoint]:
    return [replace(point, train_s=0.0, select_s=0.0) for point in result.curve]


def test_the_budget_is_spent_to_the_last_label_and_never_passed(blobs: DataSet) -> None:
    result = run_experiment(replace(SPEC, budget=57), blobs)

    assert result.curve[-1].n_labels == 57
    assert result.end == "budget spent"


def test_without_a_budget_every_text_of_the_pool_is_labelled(blobs: DataSet) -> None:
    result = run_experiment(replace(SPEC, budget=None, rule="random", batch_size=50), blobs)

    assert result.curve[-1].n_labels == len(blobs.y) == result.n_pool


def test_the_same_spec_gives_the_same_curve_and_another_seed_another(blobs: DataSet) -> None:
    first, again, other = (run_experiment(replace(SPEC, seed=seed), blobs) for seed in (1, 1, 2))

    assert without_times(first) == without_times(again) != without_times(other)


def test_all_rules_start_from_the_same_seeding(blobs: DataSet) -> None:
    starts = {
        (point.n_labels, point.accuracy)
        for rule in ("random", "paper", "exhaustive-margin")
        for point in [run_experiment(replace(SPEC, rule=rule), blobs).curve[0]]
    }

    assert len(starts) == 1


def test_the_student_is_trained_only_after_as_many_batches_as_asked_for(blobs: DataSet) -> None:
    every, third = (run_experiment(replace(SPEC, budget=100, retrain_every=n), blobs) for n in (1, 3))

    gaps = np.diff([point.n_labels for point in third.curve]).tolist()
    assert set(gaps[:-1]) == {30}
    assert len(third.curve) < len(every.curve)
    assert third.curve[-1].n_labels == every.curve[-1].n_labels == 100


def test_exhaustive_sampling_scores_the_pool_and_random_nothing(blobs: DataSet) -> None:
    exhaustive = run_experiment(replace(SPEC, rule="exhaustive-margin"), blobs).curve
    random = run_experiment(replace(SPEC, rule="random"), blobs).curve

    assert exhaustive[1].n_scored == len(blobs.y) - exhaustive[0].n_labels
    assert sum(point.n_scored for point in random) == 0


def test_m_raru_accepts_texts_of_higher_entropy_than_it_rejects(blobs: DataSet) -> None:
    points = run_experiment(replace(SPEC, rule="sharpened:3"), blobs).curve[1:]
    accepted = [p.entropy_accepted for p in points if p.entropy_accepted is not None]
    rejected = [p.entropy_rejected for p in points if p.entropy_rejected is not None]

    assert np.mean(accepted) > np.mean(rejected) + 0.1
    assert all(p.n_scored == p.n_visited > p.n_accepted for p in points)


def test_a_noisy_teacher_makes_a_worse_student(blobs: DataSet) -> None:
    clean, noisy = (run_experiment(replace(SPEC, rule="random", noise=noise), blobs) for noise in (0.0, 0.6))

    assert clean.curve[-1].accuracy > noisy.curve[-1].accuracy + 0.1


def test_a_student_that_is_made_too_certain_has_less_accepted_and_names_the_same_classes(blobs: DataSet) -> None:
    plain, certain, unsure = (
        run_experiment(replace(SPEC, temperature=temperature), blobs) for temperature in (1.0, 0.2, 5.0)
    )

    def rate(result: RunResult) -> float:
        return sum(p.n_accepted for p in result.curve) / sum(p.n_visited for p in result.curve)

    assert rate(certain) < rate(plain) < rate(unsure)
    assert certain.curve[0].accuracy == plain.curve[0].accuracy == unsure.curve[0].accuracy


def test_calibration_brings_down_the_error_of_a_student_that_is_wrong_about_itself(blobs: DataSet) -> None:
    spec = replace(SPEC, temperature=5.0, rule="random", budget=150)
    raw, calibrated = (
        run_experiment(replace(spec, calibration=method), blobs).curve[-1] for method in ("none", "temperature")
    )

    assert calibrated.calibration_error < raw.calibration_error / 2


def test_seeding_that_finds_one_class_alone_says_what_to_do(blobs: DataSet) -> None:
    with pytest.raises(BenchmarkError, match="raise the budget"):
        run_experiment(replace(SPEC, budget=1), blobs)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"rule": "oracle"}, "no rule 'oracle'"),
        ({"rule": "margin:zero"}, "no rule 'margin:zero'"),
        ({"rule": "sharpened:-1"}, "no rule 'sharpened:-1'"),
        ({"student": "gpt"}, "no student 'gpt'"),
        ({"calibration": "prayer"}, "no calibration 'prayer'"),
    ],
)
def test_what_does_not_exist_is_named_with_what_does(blobs: DataSet, changed: dict[str, str], message: str) -> None:
    with pytest.raises(BenchmarkError, match=message):
        run_experiment(replace(SPEC, **changed), blobs)


@pytest.mark.parametrize(
    "wrong", [{"budget": 0}, {"batch_size": 0}, {"retrain_every": 0}, {"noise": 1.0}, {"temperature": 0.0}]
)
def test_a_spec_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BenchmarkError):
        replace(SPEC, **wrong)
