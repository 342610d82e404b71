"""`mraru benchmark zero-shot` and `teacher-audit`, with an embedder that has no model."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from fakes.benchmark_options import make_options
from fakes.blobs import BlobEmbedder, theme_texts
from mraru.cli.commands import app
from mraru.cli.measuring.benchmark_teachers import run_teacher_audit, run_zero_shot
from mraru.errors import BenchmarkError
from mraru.settings import load_settings

QUIET = Console(file=StringIO())


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> BlobEmbedder:
    """An embedder for mine.csv, in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mraru", "benchmark", "zero-shot", "mine.csv"])
    lines = [f"{text},{label}" for text, label in zip(*theme_texts(300), strict=True)]
    Path("mine.csv").write_text("\n".join(["text,label", *lines]))
    return BlobEmbedder(spread=0.5)


def test_the_zero_shot_teacher_is_measured_on_all_texts(embedder: BlobEmbedder) -> None:
    options = make_options(n_seeds=2)
    (outcome,) = run_zero_shot(load_settings(), options, embedder=embedder, console=QUIET)

    assert outcome.n_texts == 300
    assert len(outcome.whole) == 2
    written = json.loads(Path("out/zero-shot.json").read_text())
    assert written["command"] == "mraru benchmark zero-shot mine.csv"
    assert written["outcomes"][0]["right"] == outcome.right
    assert Path("out/zero-shot.html").exists()


def test_texts_are_embedded_once_for_both(embedder: BlobEmbedder) -> None:
    options = make_options(n_seeds=1)
    run_zero_shot(load_settings(), options, embedder=embedder, console=QUIET)
    n_calls = len(embedder.calls)
    run_zero_shot(load_settings(), options, embedder=embedder, console=QUIET)

    assert len(embedder.calls) == n_calls


def test_a_data_set_must_be_named(embedder: BlobEmbedder) -> None:
    with pytest.raises(BenchmarkError, match="mraru benchmark zero-shot bbc-news"):
        run_zero_shot(load_settings(), replace(make_options(), data_sets=()), embedder=embedder, console=QUIET)
    assert isinstance(CliRunner().invoke(app, ["benchmark", "zero-shot"]).exception, BenchmarkError)


def test_an_audit_of_simulated_teachers_needs_no_data_set(embedder: BlobEmbedder) -> None:
    outcomes = run_teacher_audit(Path("out"), 2, QUIET)

    assert len(json.loads(Path("out/teacher-audit.json").read_text())["outcomes"]) == len(outcomes)
    assert not embedder.calls
