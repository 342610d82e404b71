"""How figures are counted: a paragraph for each card of the dashboard."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from mraru.web.dashboard.addresses import anchor_of
from mraru.web.dashboard.elements.cards import aria, make_words
from mraru.web.dashboard.elements.explanations import EXPLANATIONS, Explanation


def draw_about() -> list[Component]:
    """All explanations, by page."""
    return [
        html.Section(
            [
                html.H2(page, id=f"page-{page.lower()}"),
                *(part for name, explanation in cards.items() for part in _make_explanation(page, name, explanation)),
            ],
            className="card wide about",
            **aria(labelledby=f"page-{page.lower()}"),
        )
        for page, cards in EXPLANATIONS.items()
    ]


def _make_explanation(page: str, name: str, explanation: Explanation) -> list[Component]:
    words = html.P(make_words(explanation.text))
    if explanation.title == page:
        return [html.Div(words, id=anchor_of(name))]
    return [html.H3(explanation.title, id=anchor_of(name)), words]
