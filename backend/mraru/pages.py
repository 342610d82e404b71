"""A report's pages: Markdown beside its charts, and HTML with all in one file and nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from jinja2 import Environment
from markupsafe import Markup, escape

HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ page.title }}</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; }
.lead { font-size: 18px; font-weight: 600; }
.table { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #8886; padding: .3rem .6rem; text-align: left; white-space: nowrap; }
th { white-space: normal; vertical-align: bottom; }
td.words { white-space: normal; overflow-wrap: anywhere; min-width: 15rem; vertical-align: top; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; flex: 1 1 480px; max-width: 580px; background: #fff; }
svg { width: 100%; height: auto; }
figcaption { font-size: 13px; color: #555; }
</style>
</head>
<body>
<h1>{{ page.title }}</h1>
{% for sentence in page.lead %}<p{% if loop.first %} class="lead"{% endif %}>{{ sentence | marked }}</p>
{% endfor %}{% for note in page.notes %}<p>{{ note | marked }}</p>
{% endfor %}
{% for section in page.sections %}
<h2>{{ section.title }}</h2>
<p>{{ section.intro | marked }}</p>
{% for table in section.tables %}<div class="table"><table>
<thead><tr>{% for name in table.header %}<th scope="col">{{ name }}</th>{% endfor %}</tr></thead>
<tbody>
{% for cells in table.rows %}<tr>{% for cell in cells -%}
<td{% if cell | length > words_from %} class="words"{% endif %}>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody>
</table></div>
{% endfor %}<div class="charts">
{% for chart in section.charts %}<figure>{{ chart | inline }}<figcaption>{{ chart.title }}</figcaption></figure>
{% endfor %}</div>
{% endfor %}
</body>
</html>
"""


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
    environment = Environment(autoescape=True)
    environment.filters |= {"marked": _marked, "inline": _inline}
    return environment.from_string(HTML).render(page=page, words_from=WORDS_FROM)


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
