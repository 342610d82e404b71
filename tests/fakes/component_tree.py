"""Reads what dash would draw: the words, the links and the elements of a tree of components."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dash.development.base_component import Component

Tree = Component | str | int | float | None | Iterable["Tree"]


def walk(tree: Tree) -> Iterator[Component | str]:
    """Every component and every word, from the top."""
    if isinstance(tree, Component):
        yield tree
        yield from walk(getattr(tree, "children", None))
    elif isinstance(tree, str | int | float):
        yield str(tree)
    elif tree is not None:
        for part in tree:
            yield from walk(part)


def words_of(tree: Tree) -> str:
    """All words, with one space between those of different elements."""
    return " ".join(" ".join(part for part in walk(tree) if isinstance(part, str)).split())


def links_of(tree: Tree) -> list[str]:
    return [part.href for part in walk(tree) if isinstance(part, Component) and getattr(part, "href", None)]


def find_all(tree: Tree, kind: str) -> list[Component]:
    """The components of this class name, such as `Table`."""
    return [part for part in walk(tree) if isinstance(part, Component) and type(part).__name__ == kind]


def find(tree: Tree, component_id: object) -> Component:
    """The component of this id."""
    return next(
        part for part in walk(tree) if isinstance(part, Component) and getattr(part, "id", None) == component_id
    )
