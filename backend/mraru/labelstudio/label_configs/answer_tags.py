"""The control tags that labels answer: <Choices>, <Taxonomy> and <Rating>."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from mraru.answers import NO_LABELS, find_unusable
from mraru.answers import SEPARATOR as BETWEEN_LABELS
from mraru.labelstudio.label_configs.choice_tags import read_choices
from mraru.labelstudio.label_configs.config_tags import Parents, Unsupported, read_attribute
from mraru.labelstudio.label_configs.rating_tags import read_stars
from mraru.labelstudio.label_configs.taxonomy_tags import (
    SEPARATOR,
    read_most,
    read_paths,
    read_separator,
    takes_several_paths,
)
from mraru.schema_records import AnswerKind, Choice

KINDS: Mapping[str, AnswerKind] = {
    "Choices": AnswerKind.CHOICES,
    "Taxonomy": AnswerKind.TAXONOMY,
    "Rating": AnswerKind.RATING,
}
SINGLE = ("single", "single-radio")  # Label Studio's default is "single"
MULTIPLE = "multiple"
FROM_TASKS = "its labels must stand in the label config, as <Choice> tags"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The labels of one control."""

    kind: AnswerKind
    choices: tuple[Choice, ...]  # in the config's order
    path_separator: str = SEPARATOR
    is_multiple: bool = False  # several of them may be chosen
    most: int | None = None  # at most so many; None: any number


def check_control(tag: Element) -> None:
    """See that a control asks for labels of the whole text.

    Raises:
        Unsupported: it does not.
    """
    if tag.tag not in KINDS:
        written = next((name for name in KINDS if name.lower() == tag.tag.lower()), None)
        raise Unsupported(f"write it <{written}>" if written else "no choice, taxonomy or rating")
    if tag.tag == "Choices" and read_attribute(tag, "choice", "single") not in (*SINGLE, MULTIPLE):
        raise Unsupported(f'choice="{read_attribute(tag, "choice")}"')
    for attribute in ("value", "perRegion", "perItem"):
        found = read_attribute(tag, attribute, "false")
        if found.lower() != "false":
            raise Unsupported(f'{attribute}="{found}"' + (f": {FROM_TASKS}" if attribute == "value" else ""))


def read_answer(tag: Element, parents: Parents) -> Answer:
    """What may be answered to a control that `check_control` takes.

    Raises:
        Unsupported: its labels are not fixed, or Label Studio itself would confuse them.
    """
    kind = KINDS[tag.tag]
    if kind is AnswerKind.RATING:
        return Answer(kind=kind, choices=read_stars(tag))
    most = None
    if kind is AnswerKind.TAXONOMY:
        choices, separator = read_paths(tag, parents), read_separator(tag)
        is_multiple, most = takes_several_paths(tag), read_most(tag)
    else:
        is_multiple = read_attribute(tag, "choice", "single") == MULTIPLE
        choices, separator = read_choices(tag, parents), SEPARATOR
    unusable = find_unusable(choice.stored for choice in choices) if is_multiple else ()
    if unusable:
        raise Unsupported(f"labels with '{BETWEEN_LABELS}' in them, or called {NO_LABELS}: {', '.join(unusable)}")
    return Answer(kind=kind, choices=choices, path_separator=separator, is_multiple=is_multiple, most=most)
