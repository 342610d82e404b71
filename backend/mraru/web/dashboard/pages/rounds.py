"""Every round: what was visited, asked, learned and written."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from mraru.figures.summary import RoundFigures
from mraru.web.dashboard.cards import make_card, make_empty
from mraru.web.dashboard.spelling import NOTHING, spell_count, spell_number, spell_share, spell_time
from mraru.web.dashboard.tables import make_table
from mraru.web.dashboard.view import View

HEADERS = (
    "Round",
    "Kind",
    "Step",
    "Ended by",
    "Accepted of visited",
    "Rate",
    "Labels",
    "Gold among them",
    "Agreement",
    "Estimated",
    "Kappa",
    "Calibration error",
    "Training",
    "Written",
)


def draw_rounds(view: View) -> list[Component]:
    """The rounds, the last one first, and the rules that ended them."""
    summary = view.summary
    rows = [_make_row(round_) for round_ in reversed(summary.rounds)]
    table = (
        make_table("Rounds, the last one first", HEADERS, rows, n_text_columns=4)
        if rows
        else make_empty("No round has begun yet.")
    )
    rules = [
        (
            rule.rule,
            rule.reason,
            spell_time(rule.fired_at),
            "stands" if rule.overruled_until is None else f"overruled until round {rule.overruled_until}",
        )
        for rule in summary.stop_rules
    ]
    return [
        html.Div(
            [
                make_card(
                    "Rounds",
                    table,
                    source="table rounds, one row each. Kappa: with the student before, on the stop set. "
                    "Written: predictions. See docs/how-it-works.md, A round.",
                    name="rounds",
                    width="wide",
                ),
                make_card(
                    "Rules that ended the rounds",
                    make_table(
                        "Rules of quality that fired", ("Rule", "Reason", "Fired", "Now"), rules, n_text_columns=4
                    )
                    if rules
                    else make_empty("None has fired."),
                    source="table stop_rules. Start overrules those that stand.",
                    name="stop-rules",
                    width="wide",
                ),
            ],
            className="grid",
        )
    ]


def _make_row(round_: RoundFigures) -> tuple[str, ...]:
    before, after = round_.calibration_error_before, round_.calibration_error_after
    return (
        str(round_.number),
        round_.kind,
        round_.step,
        round_.selection_end or NOTHING,
        f"{spell_count(round_.n_accepted)} of {spell_count(round_.n_visited)}",
        spell_share(round_.acceptance_rate),
        spell_count(round_.n_labels),
        spell_count(round_.n_gold),
        spell_share(round_.agreement),
        spell_share(round_.estimated_agreement),
        spell_number(round_.kappa),
        NOTHING if before is None else f"{spell_number(before)} → {spell_number(after)}",
        NOTHING if round_.training_s is None else f"{round_.training_s:.1f} s",
        spell_count(round_.n_pushed),
    )
