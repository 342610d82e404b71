"""`mraru benchmark review` on a CSV file, with an embedder that has no model."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fakes.benchmark_options import make_options
from fakes.blobs import BlobEmbedder, theme_texts
from mraru.benchmark.studies.review_order.review_comparison import ReviewOutcome
from mraru.cli.measuring import benchmark_review
from mraru.cli.measuring.benchmark_commands import benchmark as benchmark_command
from mraru.cli.measuring.benchmark_review import run_review
from mraru.cli.measuring.benchmark_run import BenchmarkOptions
from mraru.errors import BenchmarkError
from mraru.settings import load_settings

ReviewBenchmark = Callable[..., list[ReviewOutcome]]


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ReviewBenchmark:
    """`benchmark(data_sets, students, stages)` in a folder of the test's own that holds mine.csv."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mraru", "benchmark", "review", "mine.csv"])
    lines = [f"{text},{label}" for text, label in zip(*theme_texts(150), strict=True)]
    Path("mine.csv").write_text("\n".join(["text,label", *lines]))

    def run(  # type: ignore[no-untyped-def]
        data_sets: tuple[str, ...] = ("mine.csv",), students: tuple[str, ...] = ("logreg",), stages: str = "90,40"
    ):
        options = make_options(
            data_sets=data_sets, students=students, rules=(), batch_size=10, retrain_every=2, noise=("0.3",)
        )
        settings = load_settings(acceptance_rule="margin", sharpness=2.0)
        return run_review(settings, options, stages, embedder=BlobEmbedder(), console=Console(file=StringIO()))

    return run


def test_the_labels_of_a_csv_file_are_reviewed_and_reported(benchmark: ReviewBenchmark) -> None:
    found = benchmark()

    written = json.loads(Path("out/review.json").read_text())
    assert written["command"] == "mraru benchmark review mine.csv"
    assert (written["rule"], written["embedding_model"], written["retrain_every"]) == ("margin:2", "blobs", 2)
    assert len(written["outcomes"]) == len(found)
    assert {(outcome.data_set, outcome.noise, outcome.n_labels) for outcome in found} == {
        ("mine", 0.3, 40),
        ("mine", 0.3, 90),
    }
    assert {path.name for path in Path("out").iterdir()} >= {"review.md", "review.html"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"data_sets": ()}, "Name a data set"),
        ({"students": ()}, "Name a student"),
        ({"students": ("logreg", "nobody")}, "no student 'nobody'"),
        ({"stages": "many"}, "--labels takes numbers such as"),
        ({"stages": "1"}, "at least two labels"),
        ({"stages": "1000"}, "120 texts to choose from"),
    ],
)
def test_what_cannot_be_reviewed_is_refused(benchmark: ReviewBenchmark, given: dict[str, object], message: str) -> None:
    with pytest.raises(BenchmarkError, match=message):
        benchmark(**given)


def test_without_options_a_fifth_of_the_labels_is_wrong_and_students_are_calibrated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[tuple[BenchmarkOptions, str]] = []
    monkeypatch.setattr(
        benchmark_review, "run_review", lambda settings, options, stages: called.append((options, stages))
    )

    benchmark_command(["review", "bbc-news", "ag-news"])

    ((options, stages),) = called
    assert options.data_sets == ("bbc-news", "ag-news")
    assert (options.noise, options.calibrations, stages) == (("0.2",), ("auto",), "100,250,1000")
