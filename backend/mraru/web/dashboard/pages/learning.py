"""Charts of what the rounds brought: the learning curve, the acceptance rate and the calibration."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from mraru.figures.summary import RoundFigures
from mraru.review.intervals import wilson_interval
from mraru.web.dashboard.cards import make_card, make_empty
from mraru.web.dashboard.charts import AMBER, BLUE, TEAL, VIOLET, Chart, Line, make_chart
from mraru.web.dashboard.spelling import spell_count, spell_interval, spell_number, spell_share


def make_learning_curve(rounds: Sequence[RoundFigures]) -> Component:
    """How well the student does, against the labels that it learned."""
    measured = [
        round_
        for round_ in rounds
        if round_.agreement is not None or round_.n_gold_checked or round_.estimated_agreement is not None
    ]
    source = (
        "table rounds. Agreement: share of the LLM's labels that the student gives too, out of fold (it has not "
        "learned the label that it is compared with); estimated: each label weighed by 1 / its acceptance probability, "
        "so it stands for all texts; gold: share of the texts that people labelled that it gets right, out of fold. "
        "Bars: Wilson's 95 % intervals. See docs/dashboard.md, Learning curve."
    )
    if not measured:
        return make_card(
            "Learning curve",
            make_empty("The first round that trains a student draws the first point."),
            source=source,
            name="learning-curve",
            width="wide",
        )
    x = [float(round_.n_labels) for round_ in measured]
    gold = [round_.n_gold_right / round_.n_gold_checked if round_.n_gold_checked else None for round_ in measured]
    chart = Chart(
        name="learning-curve",
        summary=_say_curve(measured, gold),
        x_title="Labels learned",
        lines=[
            Line(
                name="Agreement with the LLM",
                x=x,
                y=[round_.agreement for round_ in measured],
                color=BLUE,
                intervals=[_agreement_interval(round_) for round_ in measured],
            ),
            Line(
                name="Estimated for all texts",
                x=x,
                y=[round_.estimated_agreement for round_ in measured],
                color=VIOLET,
                dash="dash",
                symbol="diamond",
            ),
            Line(
                name="Right on people's labels",
                x=x,
                y=gold,
                color=TEAL,
                dash="dot",
                symbol="square",
                intervals=[round_.gold_interval for round_ in measured],
            ),
        ],
        headers=("Round", "Labels", "Agreement", "95 %", "Estimated", "Gold", "95 %", "Gold checked"),
        rows=[
            (
                str(round_.number),
                spell_count(round_.n_labels),
                spell_share(round_.agreement),
                spell_interval(_agreement_interval(round_)),
                spell_share(round_.estimated_agreement),
                spell_share(share),
                spell_interval(round_.gold_interval),
                spell_count(round_.n_gold_checked),
            )
            for round_, share in zip(measured, gold, strict=True)
        ],
    )
    return make_card("Learning curve", make_chart(chart), source=source, name="learning-curve", width="wide")


def make_acceptance(rounds: Sequence[RoundFigures]) -> Component:
    """How many of the visited texts were accepted, round by round."""
    sampled = [round_ for round_ in rounds if round_.acceptance_rate is not None]
    source = (
        "tables rounds and visits: accepted texts / visited texts of each round; uncertainty: mean over the visited "
        "texts before any sharpening, which is the rate that the paper's rule would have."
    )
    if not sampled:
        return make_card(
            "Acceptance rate",
            make_empty("The first sampled round brings the first rate."),
            source=source,
            name="acceptance",
            width="half",
        )
    x = [float(round_.number) for round_ in sampled]
    chart = Chart(
        name="acceptance",
        summary=f"Acceptance rate of {len(sampled)} rounds; last: {spell_share(sampled[-1].acceptance_rate)}",
        x_title="Round",
        lines=[
            Line(name="Accepted", x=x, y=[round_.acceptance_rate for round_ in sampled], color=BLUE),
            Line(
                name="Mean uncertainty",
                x=x,
                y=[round_.mean_uncertainty for round_ in sampled],
                color=AMBER,
                dash="dash",
                symbol="diamond",
            ),
        ],
        headers=("Round", "Visited", "Accepted", "Rate", "Mean uncertainty"),
        rows=[
            (
                str(round_.number),
                spell_count(round_.n_visited),
                spell_count(round_.n_accepted),
                spell_share(round_.acceptance_rate),
                spell_number(round_.mean_uncertainty),
            )
            for round_ in sampled
        ],
    )
    return make_card("Acceptance rate", make_chart(chart), source=source, name="acceptance", width="half")


def make_calibration(rounds: Sequence[RoundFigures]) -> Component:
    """How far the student's confidence is from the share that it gets right, before and after calibration."""
    measured = [round_ for round_ in rounds if round_.calibration_error_before is not None]
    source = (
        "table rounds: expected calibration error, out of fold: the mean gap between how sure the student is and how "
        "often it is right (0 is best), before and after what MRARU_CALIBRATION did."
    )
    if not measured:
        return make_card(
            "Calibration",
            make_empty("It is measured once there are enough labels."),
            source=source,
            name="calibration",
            width="half",
        )
    x = [float(round_.number) for round_ in measured]
    before = [round_.calibration_error_before for round_ in measured]
    after = [round_.calibration_error_after for round_ in measured]
    chart = Chart(
        name="calibration",
        summary=f"Calibration error of {len(measured)} rounds; last: {spell_number(before[-1])} before, "
        f"{spell_number(after[-1])} after",
        x_title="Round",
        is_share=False,
        lines=[
            Line(name="Before", x=x, y=before, color=AMBER, dash="dash", symbol="diamond"),
            Line(name="After", x=x, y=after, color=TEAL),
        ],
        headers=("Round", "Method", "Before", "After"),
        rows=[
            (
                str(round_.number),
                round_.calibration or "none",
                spell_number(round_.calibration_error_before),
                spell_number(round_.calibration_error_after),
            )
            for round_ in measured
        ],
    )
    return make_card("Calibration", make_chart(chart), source=source, name="calibration", width="half")


def _agreement_interval(round_: RoundFigures) -> tuple[float, float] | None:
    """Wilson's, over the labels that were judged."""
    if round_.agreement is None or not round_.n_judged:
        return None
    return wilson_interval(round(round_.agreement * round_.n_judged), round_.n_judged)


def _say_curve(measured: Sequence[RoundFigures], gold: Sequence[float | None]) -> str:
    last = measured[-1]
    said = f"Learning curve over {len(measured)} rounds. With {last.n_labels:,} labels the student agrees with "
    said += f"{spell_share(last.agreement)} of the LLM's labels"
    return said + (f" and is right on {spell_share(gold[-1])} of people's." if gold[-1] is not None else ".")
