"""The report's charts, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from mraru.pages import Chart
from mraru.quality.audit.shares import LEAST_TEXTS, share_of
from mraru.reporting.round_figures import RoundFigures, take_last_of_each_size
from mraru.reporting.teacher_words import TeacherWords

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZE_INCHES = (7.0, 4.2)


def draw_rounds(rounds: Sequence[RoundFigures], words: TeacherWords) -> tuple[Chart, ...]:
    """The learning curve, and how much was asked about; none before two rounds have figures of enough texts."""
    trained = take_last_of_each_size(
        [round_ for round_ in rounds if round_.agreement is not None and round_.n_judged >= LEAST_TEXTS]
    )
    sampled = [round_ for round_ in rounds if round_.share_asked is not None and round_.n_looked_at >= LEAST_TEXTS]
    charts = []
    if len(trained) > 1:
        charts.append(_draw_learning_curve(trained, words))
    if len(sampled) > 1:
        charts.append(_draw_acceptance(sampled))
    return tuple(charts)


def _draw_learning_curve(rounds: Sequence[RoundFigures], words: TeacherWords) -> Chart:
    figure = _new_figure()
    axes = figure.subplots()
    agreement = [(round_.n_labels, round_.agreement) for round_ in rounds if round_.agreement is not None]
    axes.plot(*zip(*agreement, strict=True), marker=".", label=f"same as the {words.name}")
    on_gold = [
        (round_.n_labels, share)
        for round_ in rounds
        if (share := share_of(round_.n_gold_right, round_.n_gold_checked)) is not None
    ]
    if on_gold:
        axes.plot(*zip(*on_gold, strict=True), marker=".", label="same as people, who look at doubtful texts first")
    axes.set_xlabel("labels that the student learned")
    axes.set_ylim(0, 1)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small", loc="lower right")
    return _as_chart(figure, "Students that have not learned the labels they are compared with", "learning-curve.svg")


def _draw_acceptance(rounds: Sequence[RoundFigures]) -> Chart:
    figure = _new_figure()
    axes = figure.subplots()
    axes.bar([round_.number for round_ in rounds], [round_.share_asked or 0.0 for round_ in rounds])
    axes.set_xlabel("round")
    axes.set_ylim(0, 1)
    axes.grid(visible=True, axis="y", alpha=0.3)
    return _as_chart(figure, "Of the texts that were looked at, those that were asked about", "acceptance.svg")


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
