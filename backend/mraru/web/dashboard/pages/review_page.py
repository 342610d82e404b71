"""The review queue: what people should look at first, with both labels and the reason."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from mraru.web.dashboard.elements.cards import make_card, make_empty
from mraru.web.dashboard.elements.page_tables import make_paging
from mraru.web.dashboard.page_view import View
from mraru.web.dashboard.pages.dispute_cards import list_disputed, make_disputed_list


def draw_review(view: View) -> list[Component]:
    """One page of the queue."""
    listed = list_disputed(view, only_open=True)
    content = (
        [
            html.P(
                "Below each task stands its label, and how sure it is that it is right. A link opens the task in Label "
                "Studio, which serves the least sure first, too."
            ),
            make_disputed_list(view, "Texts to look at, the least sure label first", listed),
            make_paging(view.address, None, len(listed)),
        ]
        if listed
        else [make_empty(_say_why_empty(view))]
    )
    return [
        html.Div(
            make_card(
                "Look at these first",
                *content,
                name="queue",
                width="wide",
            ),
            className="grid",
        )
    ]


def _say_why_empty(view: View) -> str:
    summary = view.summary
    if not summary.n_tasks:
        return "There are no tasks yet."
    if view.address.page_number > 1:
        return "The list ends before this page."
    if summary.served_version is None:
        return "No text has a label yet: the first round brings them."
    return "Nothing waits here: people have labelled every text."
