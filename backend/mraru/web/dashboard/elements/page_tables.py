"""Tables that screen readers can walk through and phones can scroll, and links to the pages of a long list."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from mraru.web.dashboard.addresses import Address, link_to
from mraru.web.dashboard.elements.cards import aria

PAGE_SIZE = 25  # rows of a long list

Cell = Component | str | Sequence[Component | str]


def make_table(
    caption: str, headers: Sequence[str], rows: Sequence[Sequence[Cell]], *, n_text_columns: int = 1
) -> Component:
    """A table whose rows begin with what they are about.

    Args:
        n_text_columns: how many columns, from the left, hold words; the others hold figures.
    """
    kinds = ["words" if column < n_text_columns else "number" for column in range(len(headers))]
    return html.Div(
        html.Table(
            [
                html.Caption(caption),
                html.Thead(
                    html.Tr(
                        [
                            html.Th(header, scope="col", className=kind)
                            for header, kind in zip(headers, kinds, strict=True)
                        ]
                    )
                ),
                html.Tbody(
                    [
                        html.Tr(
                            [
                                html.Th(cell, scope="row", className=kind)
                                if kind_index == 0
                                else html.Td(cell, className=kind)
                                for kind_index, (cell, kind) in enumerate(zip(row, kinds, strict=True))
                            ]
                        )
                        for row in rows
                    ]
                ),
            ]
        ),
        className="scroll",
        role="group",
        tabIndex="0",
        **aria(label=caption),
    )


def make_paging(address: Address, n_rows: int | None, n_shown: int) -> Component:
    """Links to the page before and the page after; nothing where one page holds all.

    Args:
        n_rows: of the whole list; None where it is not counted.
        n_shown: rows of this page.
    """
    number = address.page_number
    has_more = n_shown == PAGE_SIZE if n_rows is None else number * PAGE_SIZE < n_rows
    if number == 1 and not has_more:
        return html.Div()
    rest = {name: value for name, value in address.query.items() if name != "page"}
    n_pages = None if n_rows is None else -(-n_rows // PAGE_SIZE)
    links: list[Component] = []
    if number > 1:
        before = link_to(address.project_id, address.page, {**rest, "page": number - 1})
        links.append(html.A("Previous", href=before, rel="prev", className="button"))
    links.append(html.Span(f"Page {number}" + (f" of {n_pages:,}" if n_pages else "")))
    if has_more:
        after = link_to(address.project_id, address.page, {**rest, "page": number + 1})
        links.append(html.A("Next", href=after, rel="next", className="button"))
    return html.Nav(links, className="paging", **aria(label="Pages of this list"))
