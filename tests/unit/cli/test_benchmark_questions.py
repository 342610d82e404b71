"""`mraru benchmark questions`, with an embedder that has no model."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fakes.benchmark_options import make_options
from fakes.blobs import BlobEmbedder, theme_texts
from mraru.cli.measuring.benchmark_taxonomy import run_questions
from mraru.errors import BenchmarkError
from mraru.settings import load_settings

QUIET = Console(file=StringIO())


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> BlobEmbedder:
    """An embedder for mine.csv, whose labels are paths, and flat.csv, whose labels are none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mraru", "benchmark", "questions", "mine.csv"])
    texts, labels = theme_texts(300)
    names = sorted(set(labels))
    paths = {name: f"{'odd' if place % 2 else 'even'} / {name}" for place, name in enumerate(names)}
    for file, shown in (("mine.csv", paths), ("flat.csv", dict(zip(names, names, strict=True)))):
        lines = [f"{text},{shown[label]}" for text, label in zip(texts, labels, strict=True)]
        Path(file).write_text("\n".join(["text,label", *lines]))
    return BlobEmbedder(spread=0.1)


def test_one_project_answers_both_questions_for_half_the_calls(embedder: BlobEmbedder) -> None:
    outcomes = run_questions(load_settings(), make_options(n_seeds=2), stages="50,75", embedder=embedder, console=QUIET)
    assert {(outcome.n_texts, outcome.seed) for outcome in outcomes} == {(50, 0), (50, 1), (75, 0), (75, 1)}
    assert len(outcomes) == 3 * 4
    assert {outcome.way: outcome.n_calls for outcome in outcomes if outcome.n_texts == 75} == {
        "one project": 75,
        "one project, at random": 75,
        "two projects": 150,
    }
    assert min(min(outcome.right_first, outcome.right_second) for outcome in outcomes) > 0.9
    written = json.loads(Path("out/questions.json").read_text())
    assert len(written["outcomes"]) == len(outcomes)
    assert "two projects" in Path("out/questions.md").read_text()


@pytest.mark.parametrize(
    ("data_set", "stages", "said"),
    [
        ("flat.csv", "50", "Not all labels of 'flat' are paths"),
        ("mine.csv", "1000", "not 1,000"),
        ("mine.csv", "9", "not 9"),
    ],
)
def test_what_cannot_be_measured_is_said(embedder: BlobEmbedder, data_set: str, stages: str, said: str) -> None:
    options = replace(make_options(), data_sets=(data_set,))
    with pytest.raises(BenchmarkError, match=said):
        run_questions(load_settings(), options, stages=stages, embedder=embedder, console=QUIET)
