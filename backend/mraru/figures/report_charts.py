"""The report's charts, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from mraru.figures.summary import RoundFigures
from mraru.pages import Chart

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZE_INCHES = (7.0, 4.2)
BAND_ALPHA = 0.15


def draw_rounds(rounds: Sequence[RoundFigures]) -> tuple[Chart, ...]:
    """The learning curve with its interval, and what was accepted; none before two rounds have figures."""
    trained = [round_ for round_ in rounds if round_.agreement is not None]
    sampled = [round_ for round_ in rounds if round_.acceptance_rate is not None]
    charts = []
    if len(trained) > 1:
        charts.append(_draw_learning_curve(trained))
    if len(sampled) > 1:
        charts.append(_draw_acceptance(sampled))
    return tuple(charts)


def _draw_learning_curve(rounds: Sequence[RoundFigures]) -> Chart:
    figure = _new_figure()
    axes = figure.subplots()
    agreement = [(round_.n_labels, round_.agreement) for round_ in rounds if round_.agreement is not None]
    axes.plot(*zip(*agreement, strict=True), marker=".", label="agreement with the LLM")
    on_gold = [
        (round_.n_labels, round_.n_gold_right / round_.n_gold_checked, *round_.gold_interval)
        for round_ in rounds
        if round_.gold_interval is not None
    ]
    if on_gold:
        n_labels, right, low, high = zip(*on_gold, strict=True)
        (line,) = axes.plot(n_labels, right, marker=".", label="right on gold, with its interval")
        axes.fill_between(n_labels, low, high, color=line.get_color(), alpha=BAND_ALPHA)
    axes.set_xlabel("labels that the student learned")
    axes.set_ylim(0, 1)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small", loc="lower right")
    return _as_chart(figure, "Students that have not learned the labels they are compared with", "learning-curve.svg")


def _draw_acceptance(rounds: Sequence[RoundFigures]) -> Chart:
    figure = _new_figure()
    axes = figure.subplots()
    axes.bar([round_.number for round_ in rounds], [round_.acceptance_rate or 0.0 for round_ in rounds])
    axes.set_xlabel("round")
    axes.set_ylim(0, 1)
    axes.grid(visible=True, axis="y", alpha=0.3)
    return _as_chart(figure, "Accepted of the texts that were visited", "acceptance.svg")


def _new_figure() -> Figure:
    from matplotlib.figure import Figure  # late: it takes long to import, and only a report draws

    return Figure(figsize=SIZE_INCHES, layout="constrained")


def _as_chart(figure: Figure, title: str, file_name: str) -> Chart:
    import matplotlib as mpl

    # text as text, and the same names inside for the same chart, whenever it is drawn
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": file_name}):
        written = StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Title": title})
    return Chart(title=title, file_name=file_name, svg=written.getvalue())
