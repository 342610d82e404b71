from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fakes.blobs import make_blobs
from mraru.benchmark.core.results import RunFolder
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.running import run_all
from mraru.benchmark.report.plans import Plan, plan_comparison
from mraru.benchmark.report.run_summary import Row, summarize
from mraru.benchmark.report.summary_tables import show_cut, show_estimate

pytest.importorskip("matplotlib")

from mraru.benchmark.report.benchmark_report import Report

COMMAND = "mraru benchmark blobs.csv --students 'logreg,<b>'"
BASE = RunSpec(data_set="", student="", rule="", seed=0, budget=90, batch_size=10)


class Unkept(RunFolder):
    """Keeps nothing."""

    def __init__(self) -> None:
        super().__init__(Path())

    def load(self, spec: RunSpec) -> None:
        return None

    def save(self, result: object) -> None:
        pass


@pytest.fixture(scope="module")
def report() -> Report:
    blobs = make_blobs(spread=1.6)
    plan: Plan = plan_comparison(
        [BASE, replace(BASE, noise=0.2)],
        ["blobs"],
        ["logreg"],
        ["random", "sharpened:2", "exhaustive-margin"],
        range(3),
        COMMAND,
    )
    results = run_all(plan.specs, {"blobs": blobs}, Unkept())
    return Report(plan=plan, results=dict(zip(plan.specs, results, strict=True)), data_sets={"blobs": blobs})


@pytest.fixture(scope="module")
def folder(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    report.write(folder)
    return folder


@pytest.fixture(scope="module")
def rows(report: Report) -> list[Row]:
    return summarize(report.results[spec] for spec in report.plan.specs)


def test_the_csv_holds_a_line_for_each_curve_with_its_figures(folder: Path, rows: list[Row]) -> None:
    with (folder / "results.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))

    assert [(line["rule"], line["condition"]) for line in lines] == [
        (row.spec.rule, row.spec.condition) for row in rows
    ]
    assert [float(line["accuracy"]) for line in lines] == [row.accuracy.mean for row in rows]
    assert [float(line["area_ratio"]) for line in lines] == [row.area_ratio for row in rows]


def test_the_json_holds_the_curves_and_says_whose_labels_they_are(folder: Path, rows: list[Row]) -> None:
    written = json.loads((folder / "results.json").read_text())

    assert "simulated teacher" in written["note"]
    assert [row["curve"]["accuracy"] for row in written["rows"]] == [row.curve.mean.tolist() for row in rows]
    assert [row["reach_cut"] for row in written["rows"]] == [row.reach.cut if row.reach else None for row in rows]


@pytest.mark.parametrize("page", ["report.md", "report.html"])
def test_the_pages_hold_the_figures_and_their_command(folder: Path, rows: list[Row], page: str) -> None:
    text = (folder / page).read_text()

    assert "simulated teacher" in text
    assert ("&lt;b&gt;" if page.endswith("html") else "<b>") in text
    for row in rows:
        assert show_estimate(row.accuracy) in text
        assert show_cut(row.reach) in text


def test_the_page_is_whole_in_itself(folder: Path) -> None:
    page = (folder / "report.html").read_text()

    assert page.count("<svg") == page.count("</svg>") == page.count("<figure>") == 6
    assert not re.search(r"<(script|link|img)\b", page)
    assert not re.search(r"""(src|href)=["'](?!#)""", page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_every_chart_that_the_markdown_shows_is_there(folder: Path) -> None:
    shown = re.findall(r"\]\((charts/[^)]+)\)", (folder / "report.md").read_text())

    assert len(shown) == 6
    for name in shown:
        assert ElementTree.parse(folder / name).getroot().tag.endswith("svg")


def test_the_same_results_are_drawn_alike(folder: Path, report: Report, tmp_path: Path) -> None:
    report.write(tmp_path)

    for path in sorted(folder.rglob("*.*")):
        assert (tmp_path / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_a_row_is_compared_with_its_own_condition_alone(rows: list[Row]) -> None:
    random = {row.spec.condition: row for row in rows if row.spec.rule == "random"}
    exhaustive = {row.spec.condition: row for row in rows if row.spec.rule == "exhaustive-margin"}

    assert len(random) == len(exhaustive) == 2
    for row in rows:
        condition = row.spec.condition
        assert row.area_ratio == pytest.approx(row.area.mean / exhaustive[condition].area.mean)
        assert row.reach is not None
        if row.reach.labels is not None:
            first = row.curve.n_labels.tolist().index(row.reach.labels)
            assert row.curve.mean[first] >= random[condition].accuracy.mean
            assert all(row.curve.mean[:first] < random[condition].accuracy.mean)


def test_exhaustive_sampling_is_all_of_itself_and_random_none_of_it(rows: list[Row]) -> None:
    ratios = {row.spec.rule: (row.area_ratio, row.scored_ratio) for row in rows if not row.spec.condition}

    assert ratios["exhaustive-margin"] == (1.0, 1.0)
    assert ratios["random"][1] == 0.0
    assert 0.0 < (ratios["sharpened:2"][1] or 0.0) < 1.0
