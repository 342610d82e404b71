"""What every tag of a label config is asked: an attribute, and whether annotators always see it once."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

CONDITIONS = ("visibleWhen", "whenChoiceValue")  # of a <View> or a control: shown only where they hold

Parents = Mapping[Element, Element]  # of each tag the one around it


class Unsupported(Exception):
    """Why one control cannot be used."""


def read_attribute(tag: Element, name: str, default: str = "") -> str:
    """An attribute, its name written in any case, as the editor takes it.

    >>> read_attribute(Element("Choices", {"CHOICE": "single"}), "choice")
    'single'
    """
    return next((value for written, value in tag.items() if written.lower() == name.lower()), default)


def check_shown(tag: Element, parents: Parents, what: str) -> None:
    """See that no tag around this one hides or repeats it, so that every task's annotators see it once.

    Raises:
        Unsupported: one does.
    """
    outer = parents.get(tag)
    while outer is not None:
        if outer.tag.lower() == "repeater":
            raise Unsupported(f"{what} stands in a <{outer.tag}>")
        for condition in CONDITIONS:
            if read_attribute(outer, condition):
                stands_in = f'<{outer.tag} {condition}="{read_attribute(outer, condition)}">'
                raise Unsupported(f"{what} stands in a {stands_in}, which is not always shown")
        outer = parents.get(outer)
