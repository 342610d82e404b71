"""`mraru benchmark calibration`, `stopping`, `warnings` and `teachers`, with an embedder that has no model."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from fakes.benchmark_options import make_options
from fakes.blobs import BlobEmbedder, theme_texts
from mraru.benchmark.studies.stopping.stopping_effect import StoppingOutcome
from mraru.cli.commands import app
from mraru.cli.measuring import benchmark_measurements
from mraru.cli.measuring.benchmark_measurements import run_calibration, run_stopping, run_teachers, run_warnings
from mraru.errors import BenchmarkError
from mraru.projects.diagnoses.diagnostics import DiagnosisCode
from mraru.projects.stopping.quality_rules import RuleName
from mraru.settings import Settings, load_settings

Run = Callable[..., object]
OPTIONS = make_options(rules=(), budget=120, batch_size=10, calibrations=("auto",))


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> BlobEmbedder:
    """An embedder for mine.csv, in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mraru", "benchmark", "something", "mine.csv"])
    lines = [f"{text},{label}" for text, label in zip(*theme_texts(300), strict=True)]
    Path("mine.csv").write_text("\n".join(["text,label", *lines]))
    return BlobEmbedder(spread=0.5)


@pytest.fixture
def measure(embedder: BlobEmbedder) -> Run:
    """`measure(command, settings=..., option=...)`."""

    def run(command: Run, settings: Settings | None = None, **changes: object) -> object:
        options = replace(OPTIONS, **changes)  # type: ignore[arg-type]
        return command(settings or load_settings(), options, embedder=embedder, console=Console(file=StringIO()))

    return run


def written(name: str) -> dict[str, object]:
    assert {path.name for path in Path("out").iterdir()} >= {f"{name}.md", f"{name}.html"}
    found: dict[str, object] = json.loads(Path(f"out/{name}.json").read_text())
    assert found["command"] == "mraru benchmark something mine.csv"
    return found


def test_calibration_is_measured_for_each_student_and_seed(measure: Run) -> None:
    effects = measure(run_calibration, students=("logreg", "lda"), budget=60)

    found = written("calibration")["effects"]
    assert isinstance(effects, list)
    assert [(effect.spec.student, effect.spec.seed) for effect in effects] == [
        ("logreg", 0),
        ("logreg", 1),
        ("lda", 0),
        ("lda", 1),
    ]
    assert all(effect.n_labels == 60 and effect.n_measured == 180 for effect in effects)
    assert [row["calibrated"]["calibration_error"] for row in found] == [  # type: ignore[attr-defined]
        effect.calibrated.calibration_error for effect in effects
    ]


def test_stops_go_by_the_settings_thresholds_and_their_acceptance_rule(measure: Run) -> None:
    settings = load_settings(stop_kappa=0.5, stop_rounds=1, stop_min_rounds=2, acceptance_rule="margin", sharpness=2.0)

    (outcome,) = measure(run_stopping, settings)  # type: ignore[misc]

    assert isinstance(outcome, StoppingOutcome)
    assert outcome.rule is RuleName.STABLE_PREDICTIONS
    assert all(stop is not None and stop.n_rounds >= 2 for stop in outcome.stops)
    assert written("stopping")["rule"] == "margin:2"


def test_without_thresholds_of_its_own_each_rule_is_tried(measure: Run) -> None:
    outcomes = measure(run_stopping, n_seeds=1, budget=60)

    assert {outcome.rule for outcome in outcomes} == set(RuleName)  # type: ignore[attr-defined]
    options = written("stopping")["options"]
    assert (options["stop_kappa"], options["stop_min_rounds"]) == (0.99, 5)  # type: ignore[index]


def test_warnings_are_looked_for_at_each_share_of_noise(measure: Run) -> None:
    right, wrong = measure(run_warnings, noise=("0", "0.3"), budget=180, rules=("adaptive",), n_seeds=1)  # type: ignore[misc]

    assert (right.noise, wrong.noise) == (0.0, 0.3)
    assert max(right.contradicted) < max(wrong.contradicted)
    assert not right.sightings[DiagnosisCode.TEACHER_NOISE]
    assert written("warnings")["rule"] == "adaptive"


def test_teachers_vote_without_a_data_set(embedder: BlobEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark_measurements, "PANELS", benchmark_measurements.PANELS[:1])
    (outcome,) = run_teachers(Path("out"), 2, Console(file=StringIO()))

    assert len(outcome.majority) == 2
    assert written("teachers")["panels"][0]["dawid_skene"] == list(outcome.dawid_skene)  # type: ignore[index]
    assert not embedder.calls


@pytest.mark.parametrize("command", [run_calibration, run_stopping, run_warnings])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data_sets": ()}, "Name a data set: mraru benchmark "),
        ({"data_sets": ("none.csv",)}, "There is no file none.csv"),
        ({"students": ("gpt",)}, "no student 'gpt'"),
        ({"students": ()}, "--students logreg"),
        ({"calibrations": ("magic",)}, "no calibration 'magic'"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_embedded(
    measure: Run, embedder: BlobEmbedder, command: Run, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(BenchmarkError, match=message):
        measure(command, **changes)

    assert not embedder.calls
    assert not Path("out").joinpath("runs").exists()


def test_a_rule_that_does_not_exist_is_said_too(measure: Run) -> None:
    with pytest.raises(BenchmarkError, match="no rule 'oracle'"):
        measure(run_stopping, rules=("oracle",))


@pytest.mark.parametrize("name", ["calibration", "stopping", "warnings"])
def test_their_names_are_commands_and_no_data_sets(name: str) -> None:
    result = CliRunner().invoke(app, ["benchmark", name])

    assert isinstance(result.exception, BenchmarkError)
    assert f"mraru benchmark {name} bbc-news" in str(result.exception)


def test_a_share_of_noise_must_be_a_number(measure: Run) -> None:
    with pytest.raises(BenchmarkError, match="--noise takes shares"):
        measure(run_warnings, noise=("much",))
