"""`mraru benchmark taxonomy`, with an embedder that has no model."""

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
from mraru.cli.measuring.benchmark_taxonomy import run_taxonomy
from mraru.errors import BenchmarkError
from mraru.settings import load_settings

QUIET = Console(file=StringIO())


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> BlobEmbedder:
    """An embedder for mine.csv, whose labels are paths but for one, and flat.csv, whose labels are none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mraru", "benchmark", "taxonomy", "mine.csv"])
    texts, labels = theme_texts(300)
    names = sorted(set(labels))
    paths = {name: f"some / {name}" for name in names[:-1]} | {names[-1]: names[-1]}
    for file, shown in (("mine.csv", paths), ("flat.csv", dict(zip(names, names, strict=True)))):
        lines = [f"{text},{shown[label]}" for text, label in zip(texts, labels, strict=True)]
        Path(file).write_text("\n".join(["text,label", *lines]))
    return BlobEmbedder(spread=0.1)


def test_every_way_learns_the_same_labels_and_is_measured_by_level(embedder: BlobEmbedder) -> None:
    options = make_options(n_seeds=2)
    outcomes = run_taxonomy(load_settings(), options, stages="30,60", embedder=embedder, console=QUIET)

    assert {(outcome.n_labels, outcome.seed) for outcome in outcomes} == {(30, 0), (30, 1), (60, 0), (60, 1)}
    assert len(outcomes) == 3 * 4
    assert all(outcome.right <= outcome.right_first for outcome in outcomes)
    assert min(outcome.right for outcome in outcomes if outcome.n_labels == 60) > 0.9
    written = json.loads(Path("out/taxonomy.json").read_text())
    assert len(written["outcomes"]) == len(outcomes)
    assert "levels, multiplied" in Path("out/taxonomy.md").read_text()


@pytest.mark.parametrize(
    ("data_sets", "stages", "said"),
    [
        ((), "30", "Name a data set"),
        (("flat.csv",), "30", "no paths"),
        (("mine.csv",), "many", "numbers separated by commas"),
        (("mine.csv",), "1000", "fewer than 1,000"),
        (("mine.csv",), "0", "at least one label"),
    ],
)
def test_what_cannot_be_measured_is_said(
    embedder: BlobEmbedder, data_sets: tuple[str, ...], stages: str, said: str
) -> None:
    options = replace(make_options(), data_sets=data_sets)
    with pytest.raises(BenchmarkError, match=said):
        run_taxonomy(load_settings(), options, stages=stages, embedder=embedder, console=QUIET)
