"""What pages are made of: cards, each with a link to how its figures are counted, figures, notices and lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from mraru.settings.project_fields import FIELDS
from mraru.web.dashboard.addresses import link_to_explanation
from mraru.web.dashboard.elements.setting_words import name_choice, name_setting
from mraru.web.dashboard.regions import make_region

Content = Component | str | Sequence[Component | str]

# what a message marks as code, and the names of settings in it, with a value where one is named
_MARKED = re.compile(r"`([^`]+)`|\b((?:MRARU|OPENAI|LABEL_STUDIO|BASIC_AUTH|ML|SSRF)_[A-Z_]+)(?:=(\w+))?")
_SETTING_OF = {field.environment_name: name for name, field in FIELDS.items()}


def aria(**attributes: str) -> dict[str, Any]:
    """Attributes for screen readers, as dash wants them.

    >>> aria(label="Rounds", labelledby="a")
    {'aria-label': 'Rounds', 'aria-labelledby': 'a'}
    """
    return {f"aria-{name}": value for name, value in attributes.items()}


def make_card(title: str, *content: Component | str, name: str, width: str = "", has_figures: bool = True) -> Component:
    """A section of a page.

    Args:
        name: of the section, unique on the page; `explanations` says how its figures are counted.
        width: `half` or `wide`, of the page; a third of it when empty.
        has_figures: whether there is anything to explain.
    """
    heading = f"{name}-title"
    explained = [make_explanation_link(name, title)] if has_figures else []
    return html.Section(
        make_region(name, html.H2(title, id=heading), *content, *explained),
        id=name,
        className=f"card {width}".rstrip(),
        **aria(labelledby=heading),
    )


def make_explanation_link(name: str, title: str) -> Component:
    """Leads to how the figures of a card are counted."""
    link = html.A("How this is counted", href=link_to_explanation(name), **aria(label=f"How this is counted: {title}"))
    return html.P(link, className="source")


def make_figures(*figures: tuple[str, str, str]) -> Component:
    """A list of large figures: what it is, the figure, and what should be known of it."""
    return html.Dl(
        [
            html.Div([html.Dt(name), html.Dd([html.Span(value, className="value"), html.Span(note, className="note")])])
            for name, value, note in figures
        ],
        className="figures",
    )


def make_notice(level: str, title: Content, *content: Component | str) -> Component:
    """A message that stands out; the level is `info`, `warning` or `error` and is said in words too."""
    return html.Div(
        [html.P([html.Span(level.capitalize(), className="level"), " ", html.Strong(title)]), *content],
        className=f"notice {level}",
    )


def make_empty(message: Content) -> Component:
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


def make_words(message: str) -> list[Component | str]:
    """A message with what is typed shown as such, and with settings called as the settings page calls them."""
    words: list[Component | str] = []
    plain, end = "", 0
    for found in _MARKED.finditer(message):
        plain += message[end : found.start()]
        end = found.end()
        marked = _make_marked(found)
        if isinstance(marked, str):
            plain += marked
            continue
        words += [plain, marked] if plain else [marked]
        plain = ""
    plain += message[end:]
    return [*words, plain] if plain else words


def _make_marked(found: re.Match[str]) -> Component | str:
    code, variable, value = found.groups()
    if code is not None:
        return html.Code(code)
    setting = _SETTING_OF.get(variable)
    if setting is None:
        return html.Code(variable if value is None else f"{variable}={value}")
    return f"setting “{name_setting(setting)}”" + (f": {name_choice(setting, value)}" if value is not None else "")
