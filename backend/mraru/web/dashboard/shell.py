"""What stands around every page: the document, header and navigation, and what tells pages when to look anew."""

from __future__ import annotations

from html import escape

from dash import dcc, html
from dash.development.base_component import Component

from mraru.web.dashboard.addresses import Address, PageName, link_to
from mraru.web.dashboard.elements.cards import aria

PRODUCT = "M-RARU"
REFRESH_MS = 3000  # milliseconds between two looks at the store
PAGE_TITLES = {
    PageName.OVERVIEW: "Overview",
    PageName.REVIEW: "Review",
    PageName.AGREEMENT: "Agreement",
    PageName.PEOPLE: "People",
    PageName.AUDIT: "Audit",
    PageName.LABELS: "Labels",
    PageName.ROUNDS: "Rounds",
    PageName.SETTINGS: "Settings",
}
ABOUT_TITLE = "About these figures"
INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{metas}
<meta name="color-scheme" content="light dark">
<title>{title}</title>
{favicon}
{css}
</head>
<body>
<noscript>The dashboard needs JavaScript. The same figures are at /api/projects.</noscript>
{app_entry}
{config}
{scripts}
{renderer}
</body>
</html>"""


def spell_title(address: Address, project_title: str | None) -> str:
    """The title of a page.

    >>> spell_title(Address(project_id=3, page=PageName.REVIEW), "News")
    'Review – News – M-RARU'
    """
    if not address.is_known or (address.project_id is not None and project_title is None):
        return f"Not found – {PRODUCT}"
    if address.is_about:
        return f"{ABOUT_TITLE} – {PRODUCT}"
    if address.project_id is None:
        return f"Projects – {PRODUCT}"
    return f"{PAGE_TITLES[address.page]} – {project_title or f'Project {address.project_id}'} – {PRODUCT}"


def fill_index(title: str, **parts: str) -> str:
    """The document around the application."""
    return INDEX.format(title=escape(title), **parts)


def make_shell() -> Component:
    """Everything that stays while pages come and go."""
    return html.Div(
        [
            html.A("Skip to the content", href="#page", className="skip"),
            html.Header(
                html.Div(
                    [
                        html.A([html.Span(PRODUCT, className="brand"), " for Label Studio"], href=link_to()),
                        html.Div(id="navigation"),
                    ],
                    className="bar",
                )
            ),
            html.Main(
                [
                    html.Div(id="heading"),
                    html.Div(id="headline-place"),
                    html.P(id="state", role="status"),
                    html.Div(id="progress"),
                    html.Div(id="controls"),
                    html.Div(id="live"),
                    html.Div(id="drafts"),
                    html.P(id="draft-answer", role="status", className="answer"),
                ],
                id="page",
                tabIndex="-1",
            ),
            dcc.Location(id="address", refresh=False),
            dcc.Interval(id="tick", interval=REFRESH_MS),
            dcc.Store(id="shown"),  # what the page on the screen was drawn from
            dcc.Store(id="title"),
            dcc.Store(id="title-set"),
            dcc.Store(id="drafts-shown"),
        ]
    )


def make_navigation(address: Address) -> Component | None:
    """The pages of the project that is looked at."""
    if address.project_id is None or not address.is_known:
        return None
    return html.Nav(
        html.Ul(
            [
                html.Li(
                    html.A(
                        title,
                        href=link_to(address.project_id, page),
                        **(aria(current="page") if page is address.page else {}),
                    )
                )
                for page, title in PAGE_TITLES.items()
            ]
        ),
        **aria(label="Pages of this project"),
    )
