"""What pages are made of: cards, each with a title and where its figures come from, figures, notices and lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from mraru.web.dashboard.regions import make_region

Content = Component | str | Sequence[Component | str]


def aria(**attributes: str) -> dict[str, Any]:
    """Attributes for screen readers, as dash wants them.

    >>> aria(label="Rounds", labelledby="a")
    {'aria-label': 'Rounds', 'aria-labelledby': 'a'}
    """
    return {f"aria-{name}": value for name, value in attributes.items()}


def make_card(title: str, *content: Component | str, source: str, name: str, width: str = "") -> Component:
    """A section of a page.

    Args:
        width: `half` or `wide`, of the page; a third of it when empty.
        source: where the figures come from, in a sentence: table, formula, section of the documentation.
        name: of the section, unique on the page.
    """
    heading = f"{name}-title"
    return html.Section(
        make_region(
            name,
            html.H2(title, id=heading),
            *content,
            html.P([html.Span("Source: ", className="source-word"), source], className="source"),
        ),
        id=name,
        className=f"card {width}".rstrip(),
        **aria(labelledby=heading),
    )


def make_figures(*figures: tuple[str, str, str]) -> Component:
    """A list of large figures: what it is, the figure, and what should be known of it."""
    return html.Dl(
        [
            html.Div([html.Dt(name), html.Dd([html.Span(value, className="value"), html.Span(note, className="note")])])
            for name, value, note in figures
        ],
        className="figures",
    )


def make_notice(level: str, title: str, *content: Component | str) -> Component:
    """A message that stands out; the level is `info`, `warning` or `error` and is said in words too."""
    return html.Div(
        [html.P([html.Span(level.capitalize(), className="level"), " ", html.Strong(title)]), *content],
        className=f"notice {level}",
    )


def make_empty(message: str) -> Component:
    """What stands where there is nothing to show yet, and what will bring it."""
    return html.P(message, className="empty")


def make_link(text: str, href: str | None, label: str | None = None) -> Component:
    """A link out of the dashboard, or its text alone where there is no address.

    Args:
        label: what screen readers say, where the text alone does not tell.
    """
    if href is None:
        return html.Span(text)
    return html.A(text, href=href, target="_blank", rel="noreferrer", **(aria(label=label) if label else {}))
