"""Labels that people often correct, with typical texts, and what each label means to the LLM now."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from mraru.errors import LabelConfigError
from mraru.reporting.corrected_class_figures import CorrectedClassFigures, TypicalText, read_corrected_classes
from mraru.web.dashboard.elements.cards import make_card, make_empty, make_words
from mraru.web.dashboard.elements.page_tables import PAGE_SIZE, Cell, make_table
from mraru.web.dashboard.elements.spelling import NOTHING, shorten
from mraru.web.dashboard.page_view import View

TEXT_CHARACTERS = 140  # shown of each typical text


def draw_labels(view: View) -> list[Component]:
    """What is corrected into what, and the definitions in use."""
    try:
        corrected = view.figures("corrected", lambda: read_corrected_classes(view.services, view.project_id))
    except LabelConfigError as exc:
        return [html.Div(make_empty(make_words(str(exc))), className="card wide")]
    definitions = view.services.store.label_definitions.list_all(view.project_id)
    rows = [(view.name_label(label), definitions.get(label) or NOTHING) for label in view.labels]
    return [
        html.Div(
            [
                _make_corrected(view, corrected),
                make_card(
                    "Definitions in use",
                    html.P(
                        "What the LLM is told that each label means, from the next round on."
                        if view.words.is_llm
                        else "What an LLM would be told of each label. The built-in teacher goes by names alone."
                    ),
                    make_table("Labels and their definitions", ("Label", "Definition"), rows, n_text_columns=2),
                    name="definitions",
                    has_figures=False,
                    width="wide",
                ),
            ],
            className="grid",
        )
    ]


def _make_corrected(view: View, corrected: Sequence[CorrectedClassFigures]) -> Component:
    headers = (f"The {view.words.name} said", "People say", "Typical texts", "Changed", "Of the checked")
    rows: list[Sequence[Cell]] = [
        (
            [view.name_label(pair.teacher_label), html.Span("often" if pair.is_often else "", className="note")],
            view.name_label(pair.gold_label),
            _make_texts(view, pair.typical),
            f"{pair.n_corrected:,}",
            f"{pair.n_checked:,}",
        )
        for pair in corrected[:PAGE_SIZE]
    ]
    return make_card(
        "What people correct",
        make_table(f"Labels of the {view.words.name}'s that people changed", headers, rows, n_text_columns=3)
        if rows
        else make_empty(f"People have changed no label of the {view.words.name}'s yet."),
        name="corrected",
        width="wide",
    )


def _make_texts(view: View, typical: Sequence[TypicalText]) -> Component:
    lines: list[Component] = []
    for text in typical:
        link: list[Component | str] = [view.link_task(text.task_ids[0]), " "] if text.task_ids else []
        lines.append(html.P([*link, shorten(text.text, TEXT_CHARACTERS)]))
    return html.Div(lines, className="excerpt")
