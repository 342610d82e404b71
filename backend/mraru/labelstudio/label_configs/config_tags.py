"""What every tag of a label config is asked: an attribute, and whether annotators always see it once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

CONDITIONS = ("visibleWhen", "whenChoiceValue")  # of a <View> or a control: shown only where they hold
SHOWN_ANYWAY = "no-region-selected"  # a `visibleWhen` that always holds where whole texts are labelled

Parents = Mapping[Element, Element]  # of each tag the one around it


class Unsupported(Exception):
    """Why one control cannot be used."""


def read_attribute(tag: Element, name: str, default: str = "") -> str:
    """An attribute, its name written in any case, as the editor takes it.

    >>> read_attribute(Element("Choices", {"CHOICE": "single"}), "choice")
    'single'
    """
    return next((value for written, value in tag.items() if written.lower() == name.lower()), default)


def list_around(tag: Element, parents: Parents, within: Element | None = None) -> Iterator[Element]:
    """The tags around one, from the innermost on, up to `within` or to the root."""
    outer = parents.get(tag)
    while outer is not None and outer is not within:
        yield outer
        outer = parents.get(outer)


def check_once(tag: Element, parents: Parents, what: str) -> None:
    """See that no tag around this one repeats it.

    Raises:
        Unsupported: one does.
    """
    for outer in list_around(tag, parents):
        if outer.tag.lower() == "repeater":
            raise Unsupported(f"{what} stands in a <{outer.tag}>")


def check_shown(tag: Element, parents: Parents, what: str, within: Element | None = None) -> None:
    """See that no tag around this one hides or repeats it, so that every task's annotators see it once.

    Args:
        within: how far around it is looked; None: up to the root.

    Raises:
        Unsupported: one does.
    """
    check_once(tag, parents, what)
    for outer in list_around(tag, parents, within):
        for condition in CONDITIONS:
            written = read_attribute(outer, condition)
            if written and written != SHOWN_ANYWAY:
                stands_in = f'<{outer.tag} {condition}="{read_attribute(outer, condition)}">'
                raise Unsupported(f"{what} stands in a {stands_in}, which is not always shown")
