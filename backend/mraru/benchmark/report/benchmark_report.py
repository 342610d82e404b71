"""The folder of a benchmark: results as CSV and JSON, charts, and a report as Markdown and as one HTML page."""

from __future__ import annotations

import csv
import json
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from io import StringIO
from pathlib import Path

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.experiment import RunResult
from mraru.benchmark.core.measures import merge_reliability
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.whole_files import write_whole
from mraru.benchmark.report.plans import Plan, Section
from mraru.benchmark.report.run_summary import RANDOM, Row, summarize
from mraru.benchmark.report.summary_tables import CHOOSING, LEARNING, POOL_END, SETS, flatten, tabulate
from mraru.benchmark.report.svg_charts import draw_learning_curves, draw_reliability
from mraru.pages import Chart, Page, PageSection, Table, to_html, to_markdown

SIMULATED = (
    "Every label here is a simulated teacher's: the data set's own label, made wrong where noise is named. No LLM was "
    "asked."
)
LEGEND = (
    "Intervals and bands: 95 % over seeds (Student's t). *Labels to reach random's end*: where the mean curve is first "
    "as high as random sampling's mean at its last label; in brackets where the edges of its band are. *Cut*: the "
    "share of random's labels that this saves. *At random's end*: of random sampling when every text of the pool is "
    "labelled, trained once; the cut beside it is the share of the pool. *Area*: mean accuracy along the curve. "
    "*Scored*: texts that the student had to look at, and so texts to embed. *Exhaustive*: exhaustive margin sampling. "
    "*Calibration error*: expected calibration error on the held-out texts, mean along the curve. *Entropy*: bits. "
    "*Training's share*: of the time of a round whose LLM takes one second a text."
)
LIBRARIES = ("label-studio-mraru", "numpy", "scikit-learn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was measured."""

    plan: Plan
    results: Mapping[RunSpec, RunResult]
    data_sets: Mapping[str, DataSet]

    def write(self, folder: Path) -> None:
        """Write results.csv, results.json, report.md with its charts, and report.html."""
        sections = [self._section(number, section) for number, section in enumerate(self.plan.sections, start=1)]
        page = Page(title=self.plan.title, notes=self._notes(), sections=sections)
        for section in sections:
            for chart in section.charts:
                write_whole(folder / "charts" / chart.file_name, chart.svg)
        rows = [(section.title, row) for section in self.plan.sections for row in self._rows(section)]
        write_whole(folder / "results.csv", _as_csv(rows))
        write_whole(folder / "results.json", json.dumps(self._as_json(rows), indent=1))
        write_whole(folder / "report.md", to_markdown(page))
        write_whole(folder / "report.html", to_html(page))

    def _rows(self, section: Section) -> list[Row]:
        return summarize(self.results[spec] for spec in dict.fromkeys(section.specs))

    def _notes(self) -> list[str]:
        sizes = ", ".join(
            f"{name}: {len(found.y):,} texts to choose from, {len(found.y_test):,} held out, "
            f"{len(found.classes)} classes"
            for name, found in self.data_sets.items()
        )
        batch_sizes = sorted({spec.batch_size for spec in self.plan.specs})
        versions = ", ".join(f"{library} {version(library)}" for library in LIBRARIES)
        return [
            f"`{self.plan.command}`",
            SIMULATED,
            f"Data: {sizes}.",
            f"Batches of {' and '.join(map(str, batch_sizes))} labels; the student is trained anew after each, unless "
            "a condition says otherwise.",
            f"{versions}, Python {platform.python_version()}.",
            LEGEND,
        ]

    def _section(self, number: int, section: Section) -> PageSection:
        rows = self._rows(section)
        compared = [row for row in rows if row.end is not None]
        ends = [Table(*tabulate(compared, POOL_END))] if compared else []
        of_sets = [row for row in rows if row.micro_f1 is not None]
        of_classes = [row for row in rows if row.micro_f1 is None]
        learning = [Table(*tabulate(of_classes, LEARNING))] if of_classes else []
        learning += [Table(*tabulate(of_sets, SETS))] if of_sets else []
        return PageSection(
            title=section.title,
            intro=section.intro,
            tables=[*ends, *learning, Table(*tabulate(rows, CHOOSING))],
            charts=self._charts(number, section, rows),
        )

    def _charts(self, number: int, section: Section, rows: Sequence[Row]) -> list[Chart]:
        charts = []
        for setting in dict.fromkeys(row.spec.setting for row in rows):
            shown = [row for row in rows if row.spec.setting == setting]
            title = ", ".join(filter(None, (setting.data_set, setting.student, setting.condition)))
            if setting.budget is not None:
                title = f"{title} ({setting.budget:,} labels)"
            for balanced in (False, True):
                what = "balanced accuracy" if balanced else "accuracy"
                svg = draw_learning_curves(title, shown, balanced=balanced)
                charts.append(Chart(title=f"{title}: {what}", file_name=_file_name(number, title, what), svg=svg))
            lines = [
                (row.spec.rule, merge_reliability([run.reliability for run in self._runs(section, row)]))
                for row in shown
            ]
            charts.append(
                Chart(
                    title=f"{title}: reliability",
                    file_name=_file_name(number, title, "reliability"),
                    svg=draw_reliability(title, [line for line in lines if line[0] != RANDOM] or lines),
                )
            )
        return charts

    def _runs(self, section: Section, row: Row) -> list[RunResult]:
        return [self.results[spec] for spec in dict.fromkeys(section.specs) if spec.group == row.spec]

    def _as_json(self, rows: Sequence[tuple[str, Row]]) -> dict[str, object]:
        return {
            "title": self.plan.title,
            "command": self.plan.command,
            "note": SIMULATED,
            "rows": [
                {
                    "section": title,
                    **flatten(row),
                    "spec": asdict(row.spec),
                    "curve": {
                        "n_labels": row.curve.n_labels.tolist(),
                        "accuracy": row.curve.mean.tolist(),
                        "low": row.curve.low.tolist(),
                        "high": row.curve.high.tolist(),
                        "balanced_n_labels": row.balanced_curve.n_labels.tolist(),
                        "balanced_accuracy": row.balanced_curve.mean.tolist(),
                    },
                }
                for title, row in rows
            ],
        }


def _as_csv(rows: Sequence[tuple[str, Row]]) -> str:
    flat = [{"section": title, **flatten(row)} for title, row in rows]
    written = StringIO()
    writer = csv.DictWriter(written, list(flat[0]) if flat else ["section"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return written.getvalue()


def _file_name(number: int, *parts: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", " ".join([str(number), *parts]).lower()).strip("-") + ".svg"
