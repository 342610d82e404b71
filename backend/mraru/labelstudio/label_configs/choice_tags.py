"""The <Choice> tags of a <Choices>: the labels to choose from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from mraru.labelstudio.label_configs.config_tags import Parents, Unsupported, check_shown, read_attribute
from mraru.schema_records import Choice


def read_choices(tag: Element, parents: Parents) -> tuple[Choice, ...]:
    """The labels of a <Choices>, in the config's order.

    A <Choice> within another one is none of them: Label Studio's editor shows it with allowNested="true" alone, and
    then writes lists that its import refuses in predictions.

    Raises:
        Unsupported: they are not fixed, ambiguous, or fewer than two, or they are nested and shown.
    """
    if read_attribute(tag, "allowNested", "false") != "false":
        raise Unsupported(
            f'allowNested="{read_attribute(tag, "allowNested")}", with which Label Studio\'s import takes no '
            'prediction: write it <Taxonomy maxUsages="1" leafsOnly="true">, with the same <Choice> tags'
        )
    tags = find_choice_tags(tag)
    within = {nested for outer in tags for nested in outer.iter("Choice") if nested is not outer}
    shown = [choice for choice in tags if choice not in within]
    check_choice_tags(shown, parents, tag)
    choices = tuple(
        Choice(value=choice.attrib["value"], alias=choice.get("alias"), hint=choice.get("hint")) for choice in shown
    )
    check_labels(choices)
    return choices


def find_choice_tags(tag: Element) -> list[Element]:
    """All <Choice> tags within one, those within each other included.

    Raises:
        Unsupported: one is not written as Label Studio's import reads it.
    """
    tags = [nested for nested in tag.iter() if nested.tag.lower() == "choice"]
    if any(nested.tag != "Choice" for nested in tags):
        raise Unsupported("write each of its tags <Choice>")
    return tags


def check_choice_tags(tags: Sequence[Element], parents: Parents, control: Element) -> None:
    """See that each has a fixed name and that whoever sees their control sees it.

    Raises:
        Unsupported: one has not, or is not always shown.
    """
    if any(choice.get("alias") == "" for choice in tags):
        raise Unsupported('a <Choice> with alias=""')  # the editor stores "", the import refuses it
    if any(not choice.get("value") or choice.attrib["value"].startswith("$") for choice in tags):
        raise Unsupported("a <Choice> without a fixed value")
    for choice in tags:
        check_shown(choice, parents, "a <Choice>", control)
        if read_attribute(choice, "selected", "false") not in ("true", "false"):
            chosen = f'selected="{read_attribute(choice, "selected")}"'
            raise Unsupported(f'a <Choice> with {chosen}: Label Studio\'s editor takes only "true" and "false" there')


def check_labels(choices: Sequence[Choice]) -> None:
    """See that there are labels to choose from, and that each is one of its own.

    Raises:
        Unsupported: there are fewer than two, or two are stored alike.
    """
    if len(choices) < 2:
        raise Unsupported(f"{len(choices)} <Choice> tags: two are needed")
    repeated = [label for label, n in Counter(choice.stored for choice in choices).items() if n > 1]
    if repeated:
        raise Unsupported(f"labels that occur twice: {', '.join(repeated)}")
