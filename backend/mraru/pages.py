"""A report's pages: Markdown beside its charts, and HTML with all in one file and nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

WORDS_FROM = 80  # characters; longer cells are sentences, whose lines may break


class Table(NamedTuple):
    header: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    title: str
    file_name: str
    svg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSection:
    title: str
    intro: str
    tables: Sequence[Table]
    charts: Sequence[Chart]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    title: str
    notes: Sequence[str]  # paragraphs; `code` and *emphasis* are marked so
    sections: Sequence[PageSection]
    lead: Sequence[str] = ()  # what people want to know first; marked likewise


def to_markdown(page: Page) -> str:
    """The page as Markdown; charts are files in the folder `charts` beside it."""
    blocks = [f"# {page.title}", *page.lead, *page.notes]
    for section in page.sections:
        blocks += [f"## {section.title}", section.intro]
        blocks += [_markdown_table(table) for table in section.tables]
        blocks += [f"![{chart.title}](charts/{chart.file_name})" for chart in section.charts]
    return "\n\n".join(blocks) + "\n"


def to_html(page: Page) -> str:
    """The page as HTML with its charts inside."""
    environment = Environment(loader=PackageLoader("mraru"), autoescape=True)
    environment.filters |= {"marked": _marked, "inline": _inline}
    return environment.get_template("report.html").render(page=page, words_from=WORDS_FROM)


def _markdown_table(table: Table) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"

    return "\n".join([line(table.header), "|" + "---|" * len(table.header), *map(line, table.rows)])


def _marked(text: str) -> Markup:
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return Markup(re.sub(r"\*([^*]+)\*", r"<em>\1</em>", marked))  # escaped before  # nosec B704


def _inline(chart: Chart) -> Markup:
    """The drawing without its XML declaration, its ids made its own: other drawings stand in the same page."""
    svg = chart.svg[chart.svg.index("<svg") :]
    prefix = re.sub(r"\W+", "-", chart.file_name.removesuffix(".svg"))
    svg = re.sub(r'id="', f'id="{prefix}-', svg)
    svg = re.sub(r'href="#', f'href="#{prefix}-', svg)
    return Markup(re.sub(r"url\(#", f"url(#{prefix}-", svg))  # drawn here, of figures  # nosec B704
