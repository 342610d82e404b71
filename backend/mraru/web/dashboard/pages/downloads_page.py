"""Files to take away: the report, the labels with their sources, and the ledger."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from mraru.web.dashboard.elements.cards import make_card
from mraru.web.dashboard.page_view import View


def draw_downloads(view: View) -> list[Component]:
    """Links to the files of a project."""
    root = f"/api/projects/{view.project_id}"
    files = [
        ("Report, HTML", f"{root}/report.html", "one file with all figures, to send around"),
        ("Labels, CSV", f"{root}/labels.csv", "each task with its label, whose it is, and how sure it is"),
        ("Labels, JSON Lines", f"{root}/labels.jsonl", "the same, one object a line"),
        ("Ledger, CSV", f"{root}/ledger.csv", "every call to the LLM: model, tokens, cost; no texts and no keys"),
        ("Ledger, JSON Lines", f"{root}/ledger.jsonl", "the same, one object a line"),
    ]
    return [
        html.Div(
            make_card(
                "Downloads",
                html.Ul(
                    [html.Li([html.A(name, href=href, download=""), f": {what}."]) for name, href, what in files],
                    className="downloads",
                ),
                name="downloads",
                has_figures=False,
                width="wide",
            ),
            className="grid",
        )
    ]
