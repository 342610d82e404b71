"""Charts as SVG, drawn with matplotlib: learning curves with their bands, and reliability diagrams."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from mraru.benchmark.report.run_summary import Row
from mraru.benchmark.rules.missing_library import missing_library
from mraru.students.calibration.calibration_error import ReliabilityBin

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZE_INCHES = (7.0, 4.2)
BAND_ALPHA = 0.15


def check_charts() -> None:
    """See that charts can be drawn, before hours are spent on what they show.

    Raises:
        BenchmarkError: matplotlib is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as exc:
        raise missing_library("matplotlib") from exc


def draw_learning_curves(title: str, rows: Sequence[Row], *, balanced: bool = False) -> str:
    """Accuracy against labels, one line a rule, with 95 % bands over seeds."""
    figure = _new_figure()
    axes = figure.subplots()
    for row in rows:
        curve = row.balanced_curve if balanced else row.curve
        (line,) = axes.plot(curve.n_labels, curve.mean, label=row.spec.rule, linewidth=1.4)
        if row.n_seeds > 1:
            axes.fill_between(curve.n_labels, curve.low, curve.high, color=line.get_color(), alpha=BAND_ALPHA)
    axes.set_title(title)
    axes.set_xlabel("labels of the simulated teacher")
    axes.set_ylabel("balanced accuracy" if balanced else "accuracy")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")
    return _as_svg(figure, title)


def draw_reliability(title: str, lines: Sequence[tuple[str, Sequence[ReliabilityBin]]]) -> str:
    """Accuracy against confidence; on the diagonal a student is as often right as it says."""
    figure = _new_figure()
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="as sure as right")
    for name, bins in lines:
        axes.plot(
            [found.confidence for found in bins],
            [found.accuracy for found in bins],
            marker="o",
            markersize=3,
            label=name,
        )
    axes.set_title(title)
    axes.set_xlabel("confidence of the student")
    axes.set_ylabel("accuracy")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")
    return _as_svg(figure, title)


def _new_figure() -> Figure:
    from matplotlib.figure import Figure  # without pyplot: no window, no state shared between charts

    return Figure(figsize=SIZE_INCHES, layout="constrained")


def _as_svg(figure: Figure, title: str) -> str:
    import matplotlib as mpl

    # text as text, and the same names inside for the same chart, whenever it is drawn
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": re.sub(r"\W+", "-", title)}):
        written = StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Title": title})
    return written.getvalue()
