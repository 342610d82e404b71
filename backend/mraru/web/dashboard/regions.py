"""Parts of a page that are drawn anew one by one, so that focus and what is folded open elsewhere stay as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dash import html, no_update
from dash.development.base_component import Component

from mraru.records import hash_text

REGION = "region"  # type of the ids


def make_region(name: str, *children: Component | str) -> Component:
    """A part of a page.

    Args:
        name: unique on the page, and the same whenever it is drawn.
    """
    return html.Div(list(children), id={"type": REGION, "name": name}, className="region")


def hash_regions(tree: object) -> dict[str, str]:
    """A short name of what each region holds, by its name, in the order of the page.

    >>> list(hash_regions([html.Div(make_region("a", "x")), make_region("b")]))
    ['a', 'b']
    """
    return {name: hash_text(repr(region.children)) for name, region in _find_regions(tree)}


def list_changes(tree: object, shown: Mapping[str, str], names: Sequence[str]) -> list[Any] | None:
    """The children of each region on the screen, and no update of those that show the same already.

    Args:
        tree: the page as it is now.
        shown: what is on the screen, as `hash_regions` named it.
        names: the regions on the screen, in the order of the answer.

    Returns:
        None if the page now has other regions.
    """
    regions = dict(_find_regions(tree))
    if list(regions) != list(shown) or sorted(regions) != sorted(names):
        return None
    return [
        no_update if hash_text(repr(regions[name].children)) == shown[name] else regions[name].children
        for name in names
    ]


def _find_regions(tree: object) -> Iterable[tuple[str, Component]]:
    if isinstance(tree, Component):
        component_id = getattr(tree, "id", None)
        if isinstance(component_id, dict) and component_id.get("type") == REGION:
            yield component_id["name"], tree
        else:
            yield from _find_regions(getattr(tree, "children", None))
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from _find_regions(part)
