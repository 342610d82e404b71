"""The benchmark's rounds are the product's: their figures, rules and warnings."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from fakes.blobs import make_blobs
from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.experiment import run_experiment
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.simulated_teacher import make_simulated_teacher
from mraru.benchmark.replay.replay import ReplaySpec, replay_rounds
from mraru.selection_records import SelectionEnd
from mraru.store.projects.round_repository import RoundKind

RUN = RunSpec(data_set="blobs", student="logreg", rule="adaptive:0.2", seed=0, budget=100, batch_size=20)


@pytest.fixture
def blobs() -> DataSet:
    return make_blobs(n_pool=400)


def test_rounds_are_those_of_the_learning_curve_with_the_figures_that_rules_go_by(blobs: DataSet) -> None:
    curve = run_experiment(RUN, blobs).curve
    replayed = replay_rounds(ReplaySpec(run=RUN), blobs).rounds

    assert [done.round_.n_labels for done in replayed] == [point.n_labels for point in curve]
    assert [done.accuracy for done in replayed] == [point.accuracy for point in curve]
    assert [done.round_.n_visited for done in replayed] == [point.n_visited for point in curve]
    assert [done.round_.kind for done in replayed] == [RoundKind.SEED] + [RoundKind.MRARU] * (len(replayed) - 1)
    for done in replayed[1:]:
        round_ = done.round_
        assert round_.mean_uncertainty is not None
        assert round_.mean_confidence is not None
        assert 0 < round_.mean_uncertainty < 1
        assert round_.estimated_agreement is not None
        assert 0.5 < round_.estimated_agreement <= 1
        assert round_.n_judged == round_.n_labels
        assert done.taught.by_round[round_.number].total() == round_.n_accepted
    assert replayed[0].round_.kappa is None


def test_labels_that_were_unlikely_to_be_accepted_stand_for_more_texts(blobs: DataSet) -> None:
    last = replay_rounds(ReplaySpec(run=replace(RUN, rule="paper")), blobs).rounds[-1].taught

    counts = sum(last.by_round.values(), Counter[str]())
    assert sum(last.estimated_shares.values()) == pytest.approx(1.0)
    assert max(abs(last.estimated_shares[label] - n / counts.total()) for label, n in counts.items()) > 0.01


def test_successive_students_are_compared_on_what_neither_has_learned(blobs: DataSet) -> None:
    replayed = replay_rounds(ReplaySpec(run=RUN), blobs).rounds

    assert [done.round_.n_compared for done in replayed[1:4]] == [400 - done.round_.n_labels for done in replayed[1:4]]
    kappas = [done.round_.kappa for done in replayed[1:4]]
    assert all(kappa is not None and 0.3 < kappa <= 1 for kappa in kappas)


def test_a_round_that_teaches_less_than_half_a_batch_has_no_kappa(blobs: DataSet) -> None:
    n_seeded = run_experiment(RUN, blobs).curve[0].n_labels

    replayed = replay_rounds(ReplaySpec(run=replace(RUN, budget=n_seeded + 24)), blobs).rounds

    assert [done.round_.n_accepted for done in replayed] == [0, 20, 4]
    assert replayed[-1].round_.kappa is None


def test_people_correct_what_students_contradict_first(blobs: DataSet) -> None:
    run = replace(RUN, noise=0.2)
    said = make_simulated_teacher(run, blobs).label(np.arange(400))
    left = replay_rounds(ReplaySpec(run=run), blobs).rounds
    checked = replay_rounds(ReplaySpec(run=run, n_checked=10), blobs).rounds

    assert {done.round_.n_gold for done in left} == {0}
    assert [done.round_.n_gold for done in checked[:4]] == [0, 10, 20, 30]
    last = checked[3].round_
    assert last.n_gold_checked == 30
    assert last.n_gold_right < 30  # students without these labels are wrong there more often than elsewhere
    assert last.n_gold_right / 30 < last.estimated_agreement  # type: ignore[operator]
    assert np.mean(said != blobs.y) == pytest.approx(0.2, abs=0.05)


def test_a_selection_that_accepts_nothing_is_the_last_round_and_keeps_its_end(blobs: DataSet) -> None:
    sure = replace(RUN, temperature=0.001, rule="paper")

    replayed = replay_rounds(ReplaySpec(run=sure), blobs).rounds

    assert replayed[-1].round_.n_accepted == 0
    assert replayed[-1].round_.selection_end is not SelectionEnd.BATCH_FULL
    assert replayed[-1].round_.n_visited > 0
