"""Labels that people often correct, with typical texts, and what each label means to the LLM now."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from mraru.errors import LabelConfigError
from mraru.figures.corrected_classes import CorrectedClassFigures, TypicalText, read_corrected_classes
from mraru.web.dashboard.cards import make_card, make_empty
from mraru.web.dashboard.spelling import NOTHING, shorten, spell_interval, spell_share
from mraru.web.dashboard.tables import PAGE_SIZE, Cell, make_table
from mraru.web.dashboard.view import View

TEXT_CHARACTERS = 140  # shown of each typical text


def draw_labels(view: View) -> list[Component]:
    """What is corrected into what, and the definitions in use."""
    try:
        corrected = view.figures("corrected", lambda: read_corrected_classes(view.services, view.project_id))
    except LabelConfigError as exc:
        return [html.Div(make_empty(str(exc)), className="card wide")]
    definitions = view.services.store.label_definitions.list_all(view.project_id)
    rows = [(view.name_label(label), definitions.get(label) or NOTHING) for label in view.labels]
    return [
        html.Div(
            [
                _make_corrected(view, corrected),
                make_card(
                    "Definitions in use",
                    make_table("Labels and their definitions", ("Label", "Definition"), rows, n_text_columns=2),
                    source="table label_definitions; they are part of the LLM's prompt. "
                    "`mraru labels define` sets them too.",
                    name="definitions",
                    width="wide",
                ),
            ],
            className="grid",
        )
    ]


def _make_corrected(view: View, corrected: Sequence[CorrectedClassFigures]) -> Component:
    headers = ("The LLM said", "People say", "Typical texts", "Corrected", "Share", "95 %")
    rows: list[Sequence[Cell]] = [
        (
            [view.name_label(pair.teacher_label), html.Span("often" if pair.is_often else "", className="note")],
            view.name_label(pair.gold_label),
            _make_texts(view, pair.typical),
            f"{pair.n_corrected} of {pair.n_checked}",
            spell_share(pair.share, 0),
            spell_interval(pair.interval, 0),
        )
        for pair in corrected[:PAGE_SIZE]
    ]
    return make_card(
        "What people correct",
        make_table("Labels of the LLM's that people changed", headers, rows, n_text_columns=3)
        if rows
        else make_empty("People have changed no label of the LLM's yet."),
        source="tables annotations and teacher_labels; of the texts that the LLM labelled so and people labelled too. "
        "People look first where a label is likely to be wrong, so the shares are higher than of all texts. Wilson's "
        "95 % intervals.",
        name="corrected",
        width="wide",
    )


def _make_texts(view: View, typical: Sequence[TypicalText]) -> Component:
    lines: list[Component] = []
    for text in typical:
        link: list[Component | str] = [view.link_task(text.task_ids[0]), " "] if text.task_ids else []
        lines.append(html.P([*link, shorten(text.text, TEXT_CHARACTERS)]))
    return html.Div(lines, className="excerpt")
