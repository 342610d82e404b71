from __future__ import annotations

import csv
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
from mraru.benchmark.report.benchmark_report import Report
from mraru.cli.commands import app
from mraru.cli.measuring.benchmark_run import run_benchmark
from mraru.errors import BenchmarkError
from mraru.projects.rounds.seeding_method import SeedingMethod
from mraru.settings import load_settings

pytest.importorskip("matplotlib")

Benchmark = Callable[..., Report]
PLAIN = make_options(budget=60, batch_size=20)


@pytest.fixture
def embedder() -> BlobEmbedder:
    return BlobEmbedder()


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, embedder: BlobEmbedder) -> Benchmark:
    """`benchmark(**options)` on mine.csv, in a folder of the test's own."""
    monkeypatch.setattr(sys, "argv", ["mraru", "benchmark", "mine.csv"])
    lines = [f"{text},{label}" for text, label in zip(*theme_texts(150), strict=True)]
    Path("mine.csv").write_text("\n".join(["text,label", *lines]))

    def run(**options: object) -> Report:
        console = Console(file=StringIO())
        return run_benchmark(load_settings(), replace(PLAIN, **options), embedder=embedder, console=console)  # type: ignore[arg-type]

    return run


def csv_rows() -> list[dict[str, str]]:
    with Path("out/results.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_csv_file_is_measured_and_reported(benchmark: Benchmark) -> None:
    benchmark()

    assert [(row["data_set"], row["rule"], row["n_labels"]) for row in csv_rows()] == [
        ("mine", "random", "60"),
        ("mine", "paper", "60"),
    ]
    assert "`mraru benchmark mine.csv`" in Path("out/report.md").read_text()
    assert {path.name for path in Path("out").iterdir()} >= {"report.html", "results.json", "runs", "charts"}


def test_a_second_start_embeds_and_runs_nothing_again(benchmark: Benchmark, embedder: BlobEmbedder) -> None:
    benchmark()
    embedded, runs = len(embedder.embedded), {p: p.stat().st_mtime_ns for p in Path("out/runs").iterdir()}
    page = Path("out/report.html").read_bytes()

    benchmark()

    assert len(embedder.embedded) == embedded == 150
    assert {p: p.stat().st_mtime_ns for p in Path("out/runs").iterdir()} == runs
    assert Path("out/report.html").read_bytes() == page


def test_curves_can_begin_with_zero_shot_seeding(benchmark: Benchmark, embedder: BlobEmbedder) -> None:
    benchmark(seeding=SeedingMethod.ZERO_SHOT, rules=("paper",), n_seeds=1)

    assert [row["condition"] for row in csv_rows()] == ["zero-shot seeding"]
    assert sum(text.startswith("This text is about") for text in embedder.embedded) == 3


def test_conditions_are_crossed_with_each_other(benchmark: Benchmark) -> None:
    benchmark(noise=("0", "0.2"), calibrations=("none", "temperature"), rules=("paper",), n_seeds=1)

    assert {row["condition"] for row in csv_rows()} == {
        "",
        "20 % uniform noise",
        "calibration temperature",
        "calibration temperature, 20 % uniform noise",
    }


def test_the_paper_s_measurements_are_all_in_the_report(benchmark: Benchmark) -> None:
    pytest.importorskip("crowdkit")
    benchmark(is_paper=True, calibrations=("temperature",), n_seeds=1, budget=40, retrain_every=5)

    assert {row["section"] for row in csv_rows()} == {
        "Random against M-RARU",
        "Acceptance with and without calibration",
        "A student that is wrong about itself",
        "A noisy teacher",
        "An ensemble of weak teachers",
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"data_sets": ()}, "Name a data set"),
        ({"data_sets": ("none.csv",)}, "There is no file none.csv"),
        ({"data_sets": ("trec",)}, "--data FOLDER"),
        ({"rules": ("guess",)}, "no rule 'guess'"),
        ({"students": ("gpt",)}, "no student 'gpt'"),
        ({"noise": ("lots",)}, "--noise takes shares"),
        ({"noise": ("1.5",)}, "at least 0 and below 1"),
        ({"calibrations": ("prayer",)}, "no calibration 'prayer'"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_embedded(
    benchmark: Benchmark, embedder: BlobEmbedder, options: dict[str, object], message: str
) -> None:
    with pytest.raises(BenchmarkError, match=message):
        benchmark(**options)

    assert not embedder.calls
    assert not Path("out/runs").exists()


def test_the_command_takes_its_options_and_says_what_is_wrong() -> None:
    result = CliRunner().invoke(app, ["benchmark", "paper", "--students", "logreg, svm", "--jobs", "2"])

    assert isinstance(result.exception, BenchmarkError)
    assert "mraru benchmark paper --on" in str(result.exception)


def test_simulate_without_a_project_says_what_to_give() -> None:
    result = CliRunner().invoke(app, ["simulate", "--seeds", "1"])

    assert isinstance(result.exception, BenchmarkError)
    assert "--project" in str(result.exception)
