"""What others save against random sampling of the whole pool."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fakes.blobs import make_blobs
from mraru.benchmark.core.results import RunFolder
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.running import run_all
from mraru.benchmark.report.plans import plan_comparison
from mraru.benchmark.report.run_summary import Row, summarize

pytest.importorskip("matplotlib")

from mraru.benchmark.report.benchmark_report import Report

BASE = RunSpec(data_set="", student="", rule="", seed=0, budget=100, batch_size=10)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    blobs = make_blobs(spread=1.0)
    plan = plan_comparison([BASE], ["blobs"], ["logreg"], ["random", "margin:2"], range(3), "mraru", pool_end=True)
    results = run_all(plan.specs, {"blobs": blobs}, RunFolder(tmp_path_factory.mktemp("runs")))
    return Report(plan=plan, results=dict(zip(plan.specs, results, strict=True)), data_sets={"blobs": blobs})


def find_row(report: Report, rule: str) -> Row:
    (row,) = (row for row in summarize(report.results.values()) if row.spec.rule == rule)
    return row


def test_the_whole_pool_is_labelled_and_learned_once(report: Report) -> None:
    ends = [result for spec, result in report.results.items() if spec.budget is None]
    assert len(ends) == 3
    for result in ends:
        assert result.curve[-1].n_labels == result.n_pool
        assert len(result.curve) <= 2


def test_the_cut_is_of_the_whole_pool(report: Report) -> None:
    row = find_row(report, "margin:2")
    ends = [result.curve[-1].accuracy for spec, result in report.results.items() if spec.budget is None]
    assert row.end is not None
    assert row.end.mean == pytest.approx(np.mean(ends))
    assert row.end_reach is not None
    assert row.end_reach.of == row.n_pool
    assert row.end_reach.labels is not None
    reached_at = row.curve.n_labels.tolist().index(row.end_reach.labels)
    assert row.curve.mean[reached_at] >= row.end.mean
    assert (row.curve.mean[:reached_at] < row.end.mean).all()


def test_the_pool_end_has_no_row_of_its_own(report: Report) -> None:
    assert [row.spec.rule for row in summarize(report.results.values())] == ["random", "margin:2"]


def test_a_run_that_nobody_is_compared_with_keeps_its_row(report: Report) -> None:
    ends = [result for spec, result in report.results.items() if spec.budget is None]
    (row,) = summarize(ends)
    assert row.end is None
    assert row.n_labels == row.n_pool


def test_the_report_shows_the_cut_beside_the_end(report: Report, tmp_path: Path) -> None:
    report.write(tmp_path)
    row = find_row(report, "margin:2")
    assert row.end is not None
    assert row.end_reach is not None
    written = (tmp_path / "report.md").read_text()
    assert "at random's end" in written
    assert f"{row.end.mean:.3f}" in written
    assert f"{row.end_reach.labels:,} (" in written
    assert f'"pool_end_accuracy": {row.end.mean}' in (tmp_path / "results.json").read_text()
