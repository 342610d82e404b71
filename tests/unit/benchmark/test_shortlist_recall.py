"""`mraru benchmark shortlist`: the recall of the product's ranking, with an embedder that has no model."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from fakes.benchmark_options import make_options
from fakes.blobs import BlobEmbedder, theme_texts
from mraru.benchmark.core.data_sets import DataSet, LabelledTexts
from mraru.benchmark.studies.shortlists.shortlist_recall import (
    MOST_MEASURED,
    MOST_TO_DRAW,
    measure_shortlists,
    sample_texts,
)
from mraru.cli.measuring.benchmark_shortlist import run_shortlist
from mraru.errors import BenchmarkError
from mraru.settings import load_settings

AXES = np.eye(4, dtype=np.float32)


def make_data_set(*, is_multiple: bool = False) -> DataSet:
    """Labels a to d on an axis each, but what they are called lies on the axis of the label before."""
    y = np.array(["a", "b", "c", "d"])
    wanted = np.array(["a", "b | d"]) if is_multiple else np.array(["a", "d"])
    return DataSet(
        name="axes",
        X=4 * AXES,
        y=y,
        X_test=np.stack([AXES[0], AXES[1] + 0.5 * AXES[3]]) if is_multiple else AXES[[0, 3]],
        y_test=wanted,
        class_vectors=AXES[[3, 0, 1, 2]],
        is_multiple=is_multiple,
    )


def test_labelled_texts_bring_labels_onto_the_shortlist_that_their_names_keep_off() -> None:
    by_name, by_text = measure_shortlists(make_data_set(), [1, 3], [0, 1], range(1))
    assert (by_name.n_examples, by_name.recall[0]) == (0, 0.0)
    assert (by_text.n_examples, by_text.recall) == (1, (1.0, 1.0))


def test_of_sets_each_label_counts_and_the_whole_set_apart() -> None:
    (found,) = measure_shortlists(make_data_set(is_multiple=True), [1, 2], [1], range(1))
    assert found.recall == (pytest.approx(2 / 3), 1.0)
    assert found.whole == (0.5, 1.0)


def test_a_sample_is_the_same_each_time_and_bounded() -> None:
    names = tuple(f"text {number}" for number in range(5000))
    labelled = LabelledTexts(name="x", texts=names, labels=names, test_texts=names, test_labels=names)
    sampled = sample_texts(labelled)
    assert sampled == sample_texts(labelled)
    assert (len(sampled.test_texts), len(sampled.texts)) == (MOST_MEASURED, MOST_TO_DRAW)
    assert sampled.texts == sampled.labels


def test_the_command_writes_a_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mraru", "benchmark", "shortlist", "mine.csv"])
    texts, labels = theme_texts(300)
    Path("mine.csv").write_text(
        "\n".join(["text,label", *(f"{text},{label}" for text, label in zip(texts, labels, strict=True))])
    )
    options = make_options(n_seeds=2)
    quiet = Console(file=StringIO())
    outcomes = run_shortlist(
        load_settings(), options, sizes="1,2", stages="0,3", embedder=BlobEmbedder(spread=0.1), console=quiet
    )
    assert [(found.n_examples, found.seed) for found in outcomes] == [(0, 0), (3, 0), (3, 1)]
    assert outcomes[-1].recall == (1.0, 1.0)
    assert len(json.loads(Path("out/shortlist.json").read_text())["outcomes"]) == 3
    assert "| mine | 3 | 3 | 100.0 % ± 0.0 | 100.0 % ± 0.0 |" in Path("out/shortlist.md").read_text()
    for changes, sizes, stages in (
        ({}, "3", "0"),
        ({}, "few", "0"),
        ({}, "1", "-1"),
        ({"data_sets": ()}, "1", "0"),
    ):
        with pytest.raises(BenchmarkError):
            run_shortlist(
                load_settings(),
                replace(options, **changes),  # type: ignore[arg-type]
                sizes=sizes,
                stages=stages,
                embedder=BlobEmbedder(),
                console=quiet,
            )
