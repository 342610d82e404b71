"""Charts of what the rounds brought: the learning curve, how much was asked about, and how sure the student is."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from mraru.quality.audit.shares import LEAST_TEXTS, share_of
from mraru.quantities import spell_quantity
from mraru.reporting.round_figures import RoundFigures, take_last_of_each_size
from mraru.reporting.teacher_words import TeacherWords
from mraru.web.dashboard.elements.cards import make_card, make_empty
from mraru.web.dashboard.elements.plotly_charts import AMBER, BLUE, TEAL, VIOLET, Chart, Line, make_chart
from mraru.web.dashboard.elements.spelling import spell_count, spell_number, spell_share


def make_learning_curve(rounds: Sequence[RoundFigures], words: TeacherWords) -> Component:
    """How well the student does, against the labels that it learned; no point is of fewer texts than say something."""
    measured = take_last_of_each_size(
        [round_ for round_ in rounds if round_.n_judged >= LEAST_TEXTS or round_.n_gold_checked >= LEAST_TEXTS]
    )
    if not measured:
        return make_card(
            "Learning curve",
            make_empty("The first round in which the student learns enough labels draws the first point."),
            name="learning-curve",
            width="wide",
        )
    x = [float(round_.n_labels) for round_ in measured]
    agreement = [_if_enough(round_.agreement, round_.n_judged) for round_ in measured]
    estimated = [_if_enough(round_.estimated_agreement, round_.n_judged) for round_ in measured]
    gold = [share_of(round_.n_gold_right, round_.n_gold_checked) for round_ in measured]
    same = f"Same as the {words.name}"
    of_people = Line(name="Same as people", x=x, y=gold, color=TEAL, dash="dot", symbol="square")
    chart = Chart(
        name="learning-curve",
        summary=_say_curve(measured[-1], len(measured), words, agreement[-1], gold[-1]),
        x_title="Labels learned",
        lines=[
            Line(name=same, x=x, y=agreement, color=BLUE),
            Line(
                name="The same, estimated for all texts", x=x, y=estimated, color=VIOLET, dash="dash", symbol="diamond"
            ),
            *([of_people] if any(share is not None for share in gold) else []),
        ],
        headers=("Round", "Labels", same, "Of", "For all texts", "Same as people", "Of"),
        rows=[
            (
                str(round_.number),
                spell_count(round_.n_labels),
                spell_share(one),
                spell_count(round_.n_judged),
                spell_share(other),
                spell_share(right),
                spell_count(round_.n_gold_checked),
            )
            for round_, one, other, right in zip(measured, agreement, estimated, gold, strict=True)
        ],
    )
    return make_card("Learning curve", make_chart(chart), name="learning-curve", width="wide")


def make_acceptance(rounds: Sequence[RoundFigures], words: TeacherWords) -> Component:
    """How many of the texts that were looked at the teacher was asked about, round by round."""
    sampled = [round_ for round_ in rounds if round_.share_asked is not None and round_.n_looked_at >= LEAST_TEXTS]
    title = "How much is asked about"
    if not sampled:
        return make_card(
            title,
            make_empty("The first round after the first labels brings the first figure."),
            name="acceptance",
            width="half",
        )
    x = [float(round_.number) for round_ in sampled]
    last = spell_share(sampled[-1].share_asked)
    chart = Chart(
        name="acceptance",
        summary=f"Of the texts looked at, the share that the {words.name} was asked about, in {len(sampled)} rounds; "
        f"last: {last}",
        x_title="Round",
        lines=[
            Line(name="Asked about", x=x, y=[round_.share_asked for round_ in sampled], color=BLUE),
            Line(
                name="Mean uncertainty",
                x=x,
                y=[round_.mean_uncertainty for round_ in sampled],
                color=AMBER,
                dash="dash",
                symbol="diamond",
            ),
        ],
        headers=("Round", "Looked at", "Asked about", "Share", "Mean uncertainty"),
        rows=[
            (
                str(round_.number),
                spell_count(round_.n_looked_at),
                spell_count(round_.n_accepted),
                spell_share(round_.share_asked),
                spell_number(round_.mean_uncertainty),
            )
            for round_ in sampled
        ],
    )
    return make_card(title, make_chart(chart), name="acceptance", width="half")


def make_calibration(rounds: Sequence[RoundFigures]) -> Component:
    """How far the student's confidence is from the share that it gets right, before and after calibration."""
    measured = [round_ for round_ in rounds if round_.calibration_error_before is not None]
    title = "How far its sureness is off"
    if not measured:
        return make_card(
            title, make_empty("It is measured once there are enough labels."), name="calibration", width="half"
        )
    x = [float(round_.number) for round_ in measured]
    before = [round_.calibration_error_before for round_ in measured]
    after = [round_.calibration_error_after for round_ in measured]
    chart = Chart(
        name="calibration",
        summary=f"How far the student's sureness is off, in {len(measured)} rounds; last: {spell_number(before[-1])} "
        f"before, {spell_number(after[-1])} after",
        x_title="Round",
        is_share=False,
        lines=[
            Line(name="Before", x=x, y=before, color=AMBER, dash="dash", symbol="diamond"),
            Line(name="After", x=x, y=after, color=TEAL),
        ],
        headers=("Round", "Calibrated by", "Before", "After"),
        rows=[
            (
                str(round_.number),
                round_.calibration or "not at all",
                spell_number(round_.calibration_error_before),
                spell_number(round_.calibration_error_after),
            )
            for round_ in measured
        ],
    )
    return make_card(title, make_chart(chart), name="calibration", width="half")


def _if_enough(share: float | None, n_texts: int) -> float | None:
    return share if n_texts >= LEAST_TEXTS else None


def _say_curve(
    last: RoundFigures, n_rounds: int, words: TeacherWords, agreement: float | None, gold: float | None
) -> str:
    said = f"Learning curve, {spell_quantity(n_rounds, 'point')}. With {last.n_labels:,} labels the student says "
    said += f"the same as the {words.name} of {spell_share(agreement)} of its labels"
    return said + (f" and as people of {spell_share(gold)} of theirs." if gold is not None else ".")
