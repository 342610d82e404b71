"""Every round: what was visited, asked, learned and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from mraru.reporting.round_figures import RoundFigures, describe_round
from mraru.store.projects.round_repository import RoundKind, RoundStep
from mraru.web.dashboard.elements.cards import make_card, make_empty, make_words
from mraru.web.dashboard.elements.page_tables import PAGE_SIZE, Cell, make_paging, make_table
from mraru.web.dashboard.elements.spelling import NOTHING, spell_count, spell_number, spell_share_of, spell_time
from mraru.web.dashboard.page_view import View

KINDS: Mapping[str, str] = {
    RoundKind.SEED: "first texts",
    RoundKind.MRARU: "hard texts",
    RoundKind.RANDOM: "texts at random",
    RoundKind.OTHER_STRATEGY: "texts of another strategy",
    RoundKind.CORRECTIONS: "people's labels",
    RoundKind.BATCH_ANSWERS: "late answers",
}
STEPS: Mapping[str, str] = {
    RoundStep.ASKING: "asking",
    RoundStep.TRAINING: "learning",
    RoundStep.PUSHING: "writing",
    RoundStep.DONE: "done",
}


def draw_rounds(view: View) -> list[Component]:
    """A page of the rounds, the last one first, and the rules that ended them."""
    store, project_id = view.services.store, view.project_id
    rules: list[Sequence[Cell]] = [
        (
            rule.rule,
            make_words(view.words.say(rule.reason)),
            spell_time(rule.fired_at),
            "stands" if rule.overruled_until is None else f"overruled until round {rule.overruled_until}",
        )
        for rule in store.stop_rules.list_all(project_id)
    ]
    return [
        html.Div(
            [
                make_card(
                    "Rounds",
                    *_make_rounds(view),
                    name="rounds",
                    width="wide",
                ),
                make_card(
                    "Rules that ended the rounds",
                    make_table("Rules that held", ("Rule", "Why", "Since", "Now"), rules, n_text_columns=4)
                    if rules
                    else make_empty("None has."),
                    name="stop-rules",
                    width="wide",
                ),
            ],
            className="grid",
        )
    ]


def _make_rounds(view: View) -> list[Component]:
    rounds, number = view.services.store.rounds, view.address.page_number
    n_rounds = rounds.count(view.project_id)
    shown = rounds.list_newest(view.project_id, PAGE_SIZE, (number - 1) * PAGE_SIZE)
    if not n_rounds:
        return [make_empty("No round has begun yet.")]
    rows = [_make_row(describe_round(round_)) for round_ in shown]
    table = (
        make_table("Rounds, the last one first", _name_columns(view), rows, n_text_columns=4)
        if rows
        else make_empty("There are no rounds on this page.")
    )
    return [table, make_paging(view.address, n_rounds, len(shown))]


def _name_columns(view: View) -> tuple[str, ...]:
    return (
        "Round",
        "About",
        "Step",
        "Ended by",
        "Asked about",
        "Share",
        "Labels",
        "People's among them",
        f"Same as the {view.words.name}",
        "For all texts",
        "Same as before",
        "Sureness off by",
        "Learning took",
        "Written",
    )


def _make_row(round_: RoundFigures) -> tuple[str, ...]:
    before, after = round_.calibration_error_before, round_.calibration_error_after
    return (
        str(round_.number),
        KINDS.get(round_.kind, round_.kind),
        STEPS.get(round_.step, round_.step),
        round_.selection_end or NOTHING,
        f"{spell_count(round_.n_accepted)} of {spell_count(round_.n_looked_at)}",
        spell_share_of(round_.share_asked, round_.n_looked_at),
        spell_count(round_.n_labels),
        spell_count(round_.n_gold),
        spell_share_of(round_.agreement, round_.n_judged),
        spell_share_of(round_.estimated_agreement, round_.n_judged),
        spell_number(round_.kappa),
        NOTHING if before is None else f"{spell_number(before)} → {spell_number(after)}",
        NOTHING if round_.training_s is None else f"{round_.training_s:.1f} s",
        spell_count(round_.n_pushed),
    )
