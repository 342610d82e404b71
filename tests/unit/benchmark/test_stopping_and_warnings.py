"""Where rules would have ended a run and which warnings it gave, read off its rounds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.blobs import make_blobs
from fakes.rounds import make_round
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.replay.replay import Replay, ReplayedRound, ReplaySpec
from mraru.benchmark.studies.stopping.stopping_effect import StoppedRun, find_stops, measure_stopping
from mraru.benchmark.studies.stopping.stopping_report import write_stopping_report
from mraru.benchmark.studies.warnings.warnings_report import write_warnings_report
from mraru.benchmark.studies.warnings.warnings_seen import find_warnings
from mraru.projects.diagnoses.diagnostics import DiagnosisCode, TaughtLabels
from mraru.projects.stopping.quality_rules import RuleName
from mraru.settings.stopping_settings import StoppingSettings
from mraru.store.projects.round_repository import Round, RoundKind

RUN = RunSpec(data_set="blobs", student="logreg", rule="adaptive:0.2", seed=0, budget=600, calibration="auto")
SEEDING = make_round(0, kind=RoundKind.SEED, mean_uncertainty=None, mean_confidence=None, estimated_agreement=None)


def as_replay(rounds: list[Round], run: RunSpec = RUN) -> Replay:
    """A run whose accuracy is a hundredth of the round's number."""
    return Replay(
        spec=ReplaySpec(run=run),
        rounds=tuple(
            ReplayedRound(round_=round_, taught=TaughtLabels(n_classes=3), accuracy=round_.number / 100)
            for round_ in [SEEDING, *rounds]
        ),
    )


def test_a_rule_is_found_at_the_first_round_in_which_it_fires() -> None:
    calm = as_replay([make_round(n, kappa=0.995 if n > 5 else 0.9, n_compared=500) for n in range(1, 21)])
    restless = as_replay([make_round(n, kappa=0.9, n_compared=500) for n in range(1, 21)], replace(RUN, seed=1))

    (found,) = find_stops(
        [StoppedRun(replay=calm, pool_accuracy=0.5), StoppedRun(replay=restless, pool_accuracy=0.7)],
        StoppingSettings(stop_kappa=0.99),
    )

    assert (found.rule, found.n_rounds) == (RuleName.STABLE_PREDICTIONS, (20, 20))
    stop, none = found.stops
    assert none is None
    assert stop is not None
    assert (stop.n_rounds, stop.n_labels) == (8, 300)
    assert (stop.accuracy, stop.accuracy_later) == (0.08, 0.18)
    assert found.end_accuracy == (0.2, 0.2)
    assert found.pool_accuracy == (0.5, 0.7)


def test_a_run_that_was_over_before_ten_more_rounds_has_no_later_accuracy() -> None:
    flat = as_replay([make_round(n, mean_uncertainty=0.01) for n in range(1, 13)])

    (found,) = find_stops([StoppedRun(replay=flat, pool_accuracy=0.5)], StoppingSettings(stop_acceptance_rate=0.05))

    assert found.stops[0] is not None
    assert (found.stops[0].n_rounds, found.stops[0].accuracy_later) == (5, None)


def test_a_gain_counts_against_what_labels_are_assumed_to_cost() -> None:
    flat = as_replay([make_round(n) for n in range(1, 13)])
    runs = [StoppedRun(replay=flat, pool_accuracy=0.5)]

    (found,) = find_stops(runs, StoppingSettings(stop_gain_per_usd=5.0))
    assert found.stops[0] is not None
    assert (found.rule, found.stops[0].n_rounds) == (RuleName.GAIN_PER_DOLLAR, 10)


def test_a_real_run_goes_on_to_its_end_in_spite_of_rules_that_fire() -> None:
    blobs = make_blobs(n_pool=400, spread=0.4)
    run = replace(RUN, budget=260, batch_size=20)

    measured = measure_stopping(ReplaySpec(run=run, n_checked=10), blobs)
    found = find_stops(
        [measured],
        StoppingSettings(stop_kappa=0.9, stop_accuracy=0.6, stop_accuracy_min_gold=50, stop_acceptance_rate=0.9),
    )

    assert measured.pool_accuracy > 0.9
    assert found[0].n_rounds[0] >= 12
    assert {outcome.rule for outcome in found if outcome.stops[0] is not None} >= {
        RuleName.STABLE_PREDICTIONS,
        RuleName.ACCEPTANCE_RATE,
    }


def test_the_stopping_report_says_how_often_when_and_at_which_accuracy(tmp_path: Path) -> None:
    calm = as_replay([make_round(n, kappa=0.995, n_compared=500) for n in range(1, 21)])
    options = StoppingSettings(stop_kappa=0.99)
    outcomes = find_stops([StoppedRun(replay=calm, pool_accuracy=0.5)], options)

    write_stopping_report(tmp_path, outcomes, RUN, options, [make_blobs()], "blobs", "mraru benchmark stopping mine")

    text = (tmp_path / "stopping.md").read_text()
    assert "| blobs | logreg | stable predictions | 1 of 1 | 5 | 225 | 0.050 | +0.100 (1) | 0.200 (20 rounds) |" in text
    assert "stable predictions 0.99" in text
    assert json.loads((tmp_path / "stopping.json").read_text())["outcomes"][0]["stops"][0]["n_rounds"] == 5
    for page in ("stopping.md", "stopping.html"):
        assert "simulated teacher" in (tmp_path / page).read_text()


@pytest.fixture
def runs() -> list[Replay]:
    """Two seeds of a teacher that errs, seen as such from round 12 on in one of them, and one that does not."""
    noisy = replace(RUN, noise=0.2)
    return [
        as_replay([make_round(n, n_judged=200, n_contradicted=20 if n > 9 else 2) for n in range(1, 16)], noisy),
        as_replay([make_round(n, n_judged=200, n_contradicted=4) for n in range(1, 16)], replace(noisy, seed=1)),
        as_replay([make_round(n, n_judged=200, n_contradicted=1) for n in range(1, 16)]),
    ]


def test_warnings_are_those_of_the_product_with_the_round_in_which_they_were_first_given(runs: list[Replay]) -> None:
    noisy, right = find_warnings(runs)

    assert (noisy.noise, right.noise) == (0.2, 0.0)
    (sighting,) = noisy.sightings[DiagnosisCode.TEACHER_NOISE]
    assert (sighting.first, sighting.n_rounds) == (12, 4)
    assert not right.sightings[DiagnosisCode.TEACHER_NOISE]
    assert (min(noisy.contradicted), max(noisy.contradicted)) == (0.01, 0.1)
    assert len(right.contradicted) == 8  # rounds 8 to 15
    assert len(right.agreement) == 13  # from the third round of the sampler on


def test_the_warnings_report_says_in_how_many_runs_and_from_which_round(runs: list[Replay], tmp_path: Path) -> None:
    write_warnings_report(
        tmp_path, find_warnings(runs), RUN, [make_blobs()], "blobs", "mraru benchmark warnings mine.csv"
    )

    text = (tmp_path / "warnings.md").read_text()
    assert "| blobs | logreg | auto | 20% | 1.0-10.0 % | 80.0-80.0 % | – | – | – | – | 1 of 2, from 12 | – |" in text
    assert "| blobs | logreg | auto | 0% | 0.5-0.5 % | 80.0-80.0 % | – | – | – | – | – | – |" in text
    written = json.loads((tmp_path / "warnings.json").read_text())
    assert written["runs"][0]["sightings"]["teacher-noise-suspected"] == [{"first": 12, "n_rounds": 4}]
    for page in ("warnings.md", "warnings.html"):
        assert "simulated teacher" in (tmp_path / page).read_text()
