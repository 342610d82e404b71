"""The <Choice> tags of a control: the labels to choose from."""

from __future__ import annotations

from collections import Counter
from xml.etree.ElementTree import Element

from mraru.labelstudio.label_configs.config_tags import Parents, Unsupported, check_shown, read_attribute
from mraru.records import Choice


def read_choices(tag: Element, parents: Parents) -> tuple[Choice, ...]:
    """The labels of a <Choices>, in the config's order.

    Raises:
        Unsupported: they are not fixed, nested, ambiguous, or fewer than two.
    """
    tags = [nested for nested in tag.iter() if nested.tag.lower() == "choice"]
    if any(nested.tag != "Choice" for nested in tags):
        raise Unsupported("write each of its tags <Choice>")
    if any(nested is not outer for outer in tags for nested in outer.iter("Choice")):
        raise Unsupported("nested <Choice> tags")
    if any(choice.get("alias") == "" for choice in tags):
        raise Unsupported('a <Choice> with alias=""')  # the editor stores "", the import refuses it
    if any(not choice.get("value") or choice.attrib["value"].startswith("$") for choice in tags):
        raise Unsupported("a <Choice> without a fixed value")
    for choice in tags:
        check_shown(choice, parents, "a <Choice>")
        if read_attribute(choice, "selected", "false") not in ("true", "false"):
            chosen = f'selected="{read_attribute(choice, "selected")}"'
            raise Unsupported(f'a <Choice> with {chosen}: Label Studio\'s editor takes only "true" and "false" there')
    choices = tuple(
        Choice(value=choice.attrib["value"], alias=choice.get("alias"), hint=choice.get("hint")) for choice in tags
    )
    if len(choices) < 2:
        raise Unsupported(f"{len(choices)} <Choice> tags: two are needed")
    repeated = [label for label, n in Counter(choice.stored for choice in choices).items() if n > 1]
    if repeated:
        raise Unsupported(f"labels that occur twice: {', '.join(repeated)}")
    return choices
