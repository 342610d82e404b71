"""`mraru benchmark seeding` on a CSV file, with an embedder that has no model."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from fakes.benchmark_options import make_options
from fakes.blobs import BlobEmbedder, theme_texts
from mraru.benchmark.studies.seeding.seeding_comparison import SeedingComparison
from mraru.cli.commands import app
from mraru.cli.measuring.benchmark_seeding import run_seeding
from mraru.errors import BenchmarkError
from mraru.settings import load_settings

SeedingBenchmark = Callable[..., list[SeedingComparison]]


@pytest.fixture
def embedder() -> BlobEmbedder:
    return BlobEmbedder()


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, embedder: BlobEmbedder) -> SeedingBenchmark:
    """`benchmark(data_sets, students)` in a folder of the test's own that holds mine.csv."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mraru", "benchmark", "seeding", "mine.csv"])
    lines = [f"{text},{label}" for text, label in zip(*theme_texts(150), strict=True)]
    Path("mine.csv").write_text("\n".join(["text,label", *lines]))

    def run(data_sets: tuple[str, ...] = ("mine.csv",), students: tuple[str, ...] = ("logreg",)):  # type: ignore[no-untyped-def]
        options = make_options(data_sets=data_sets, students=students, batch_size=5)
        settings = load_settings(acceptance_rule="margin", sharpness=2.0)
        return run_seeding(settings, options, embedder=embedder, console=Console(file=StringIO()))

    return run


def test_a_csv_file_is_seeded_both_ways_and_reported(benchmark: SeedingBenchmark, embedder: BlobEmbedder) -> None:
    (found,) = benchmark()

    written = json.loads(Path("out/seeding.json").read_text())
    assert written["command"] == "mraru benchmark seeding mine.csv"
    assert written["rule"] == "margin:2"
    assert written["embedding_model"] == "blobs"
    assert written["data_sets"][0]["random"]["n_calls"] == list(found.random.n_calls)
    assert {path.name for path in Path("out").iterdir()} >= {"seeding.md", "seeding.html", "runs"}
    assert "This text is about food." in embedder.embedded


def test_a_second_start_embeds_nothing_again(benchmark: SeedingBenchmark, embedder: BlobEmbedder) -> None:
    first = benchmark()
    embedded = len(embedder.embedded)

    assert benchmark() == first
    assert len(embedder.embedded) == embedded == 150 + 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"data_sets": ()}, "mraru benchmark seeding bbc-news"),
        ({"data_sets": ("none.csv",)}, "There is no file none.csv"),
        ({"data_sets": ("trec",)}, "--data FOLDER"),
        ({"students": ("gpt",)}, "no student 'gpt'"),
        ({"students": ()}, "--students logreg"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_embedded(
    benchmark: SeedingBenchmark, embedder: BlobEmbedder, options: dict[str, tuple[str, ...]], message: str
) -> None:
    with pytest.raises(BenchmarkError, match=message):
        benchmark(**options)

    assert not embedder.calls
    assert not Path("out/runs").exists()


def test_the_word_seeding_is_a_command_and_no_data_set() -> None:
    result = CliRunner().invoke(app, ["benchmark", "seeding"])

    assert isinstance(result.exception, BenchmarkError)
    assert "mraru benchmark seeding bbc-news" in str(result.exception)


def test_a_way_of_seeding_that_does_not_exist_is_refused() -> None:
    result = CliRunner().invoke(app, ["benchmark", "bbc-news", "--seeding", "oracle"])

    assert result.exit_code == 2
    assert "zero-shot" in result.output
