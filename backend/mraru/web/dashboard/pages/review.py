"""The review queue: what people should look at first, with both labels and the reason."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from mraru.web.dashboard.cards import make_card, make_empty
from mraru.web.dashboard.disputes import list_disputed, make_disputed_list
from mraru.web.dashboard.tables import make_paging
from mraru.web.dashboard.view import View


def draw_review(view: View) -> list[Component]:
    """One page of the queue."""
    listed = list_disputed(view, only_open=True)
    content = (
        [
            make_disputed_list(view, "Review queue, lowest score first", listed),
            make_paging(view.address, None, len(listed)),
        ]
        if listed
        else [make_empty("Nothing waits here: people have labelled it all, or no round has trained a student yet.")]
    )
    return [
        html.Div(
            make_card(
                "Look at these first",
                html.P(
                    "A link opens the task in Label Studio. Its label stream serves the lowest score first, too, but "
                    "tasks that others have begun before all, and those of the audit at turns of their own."
                ),
                *content,
                source="tables opinions (the served student's, out of fold where it learned the text) and "
                "teacher_labels, of texts with a task that fewer people have labelled than are to, by Label Studio's "
                "overlap. The score is explained in docs/how-it-works.md.",
                name="queue",
                width="wide",
            ),
            className="grid",
        )
    ]
