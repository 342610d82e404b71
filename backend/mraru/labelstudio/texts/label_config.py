"""What a project's label config asks of annotators: one choice about one text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from xml.etree.ElementTree import Element, ParseError, fromstring

from mraru.errors import LabelConfigError
from mraru.records import Choice, LabelSchema

SUPPORTED = (
    'Supported is exactly one <Choices choice="single"> with plain <Choice> tags, '
    'whose toName is a <Text> or <HyperText> with value="$field", or a path as in "$ticket.body" or "$turns[0].text".'
)
SINGLE = ("single", "single-radio")  # Label Studio's default is "single"
TEXT_TAGS = ("Text", "HyperText")
NOTE_NAME = "mraru"  # of the <TextArea> that a team adds to see our notes

# What Label Studio 1.23's editor takes for a field: `parseValue` in the source of its utils/data.js.
_READ_AS_FIELD = re.compile(r"\$[\w.\[\]{}]+", re.ASCII)
_FIELD = re.compile(r"\$(\w+(?:\.\w+|\[\d+\])*)", re.ASCII)  # without {{idx}}, which a <Repeater> fills in
_CONDITIONS = ("visibleWhen", "whenChoiceValue")  # of a <View> or <Choices>: shown only where they hold


class _Unsupported(Exception):
    """Why one <Choices> cannot be used."""


def parse_label_config(xml: str) -> LabelSchema:
    """Find the one single choice about one text, its labels in the config's order.

    Other controls may stand beside it: a config is refused only when none or several `<Choices>` qualify.

    Raises:
        LabelConfigError: says what is supported and what was found.

    >>> schema = parse_label_config('<View><Text name="t" value="$body"/><Choices name="c" toName="t">'
    ...                             '<Choice value="Good" alias="g"/><Choice value="Bad"/></Choices></View>')
    >>> schema.text_field, schema.labels
    ('body', ('g', 'Bad'))
    """
    if "<!DOCTYPE" in xml.upper():  # entities, and so XML bombs, can only be declared there
        raise LabelConfigError(f"The label config must not declare a document type. {SUPPORTED}")
    try:
        root = fromstring(xml)  # without a document type there are no entities  # nosec B314
    except (ParseError, ValueError) as exc:
        raise LabelConfigError(f"The label config is not XML that can be read: {exc}. {SUPPORTED}") from exc
    parents = {child: outer for outer in root.iter() for child in outer}
    objects = {tag.get("name"): tag for tag in root.iter() if tag.get("name") and not tag.get("toName")}
    usable: list[LabelSchema] = []
    found: list[str] = []
    for tag in root.iter():
        if not (tag.get("name") and tag.get("toName")):
            continue
        described = f'<{tag.tag} name="{tag.get("name")}">'
        try:
            usable.append(_read_choices(tag, objects, parents))
            found.append(described)
        except _Unsupported as reason:
            found.append(f"{described} ({reason})")
    if len(usable) == 1:
        return replace(usable[0], note_name=_find_note(root, usable[0].to_name))
    problem = "No choice can be used" if not usable else f"{len(usable)} choices could be meant"
    raise LabelConfigError(f"{problem}. {SUPPORTED} Found: {'; '.join(found) or 'no control tag'}.")


def _read_choices(
    tag: Element, objects: Mapping[str | None, Element], parents: Mapping[Element, Element]
) -> LabelSchema:
    if tag.tag != "Choices":
        raise _Unsupported("not a choice" if tag.tag.lower() != "choices" else "write it <Choices>")
    if _attribute(tag, "choice", "single") not in SINGLE:
        raise _Unsupported(f'choice="{_attribute(tag, "choice")}"')
    for attribute in (*_CONDITIONS, "value", "perRegion", "perItem"):
        if _attribute(tag, attribute, "false").lower() != "false":
            raise _Unsupported(f'{attribute}="{_attribute(tag, attribute)}"')
    text = objects.get(tag.get("toName"))
    if text is None or text.tag not in TEXT_TAGS:
        is_about = f"<{text.tag}>" if text is not None else "nothing that is there"
        raise _Unsupported(f'toName="{tag.get("toName")}" is {is_about}')
    _check_shown(tag, parents, "it")
    _check_shown(text, parents, "its text")
    return LabelSchema(
        from_name=tag.attrib["name"],
        to_name=tag.attrib["toName"],
        text_field=_read_field(text),
        choices=_read_labels(tag, parents),
        is_html=text.tag == "HyperText",
    )


def _attribute(tag: Element, name: str, default: str = "") -> str:
    """An attribute, its name written in any case, as the editor takes it."""
    return next((value for written, value in tag.items() if written.lower() == name.lower()), default)


def _check_shown(tag: Element, parents: Mapping[Element, Element], what: str) -> None:
    """See that no tag around this one hides or repeats it, so that every task's annotators see it once."""
    outer = parents.get(tag)
    while outer is not None:
        if outer.tag.lower() == "repeater":
            raise _Unsupported(f"{what} stands in a <{outer.tag}>")
        for condition in _CONDITIONS:
            if _attribute(outer, condition):
                stands_in = f'<{outer.tag} {condition}="{_attribute(outer, condition)}">'
                raise _Unsupported(f"{what} stands in a {stands_in}, which is not always shown")
        outer = parents.get(outer)


def _find_note(root: Element, to_name: str) -> str | None:
    """The text area that was added for our notes: the team's own ones stay theirs."""
    notes = (tag for tag in root.iter("TextArea") if tag.get("name") == NOTE_NAME and tag.get("toName") == to_name)
    return NOTE_NAME if next(notes, None) is not None else None


def _read_field(text: Element) -> str:
    value = _attribute(text, "value")
    match = _FIELD.fullmatch(value)
    if match is None and "$" in value:
        read = ", ".join(_READ_AS_FIELD.findall(value)) or "nothing"
        raise _Unsupported(
            f'its text has value="{value}", of which Label Studio\'s editor reads {read} as a field. All of it must be '
            'one: "$" and then names of a-z, 0-9 and _, with dots and [n] between. Rename it in data and label config'
        )
    if match is None:
        raise _Unsupported(f'its text has value="{value}", not a $field')
    is_behind_url = _attribute(text, "valueType", "text") != "text" or _attribute(text, "resolver")
    if is_behind_url or _attribute(text, "encoding", "none") != "none":
        raise _Unsupported("its text is behind a URL or encoded")
    if len(text) or (text.text or "").strip():
        raise _Unsupported(f"its <{text.tag}> holds a text of its own, which the editor shows in place of the field's")
    return match.group(1)


def _read_labels(tag: Element, parents: Mapping[Element, Element]) -> tuple[Choice, ...]:
    tags = [nested for nested in tag.iter() if nested.tag.lower() == "choice"]
    if any(nested.tag != "Choice" for nested in tags):
        raise _Unsupported("write each of its tags <Choice>")
    if any(nested is not outer for outer in tags for nested in outer.iter("Choice")):
        raise _Unsupported("nested <Choice> tags")
    if any(choice.get("alias") == "" for choice in tags):
        raise _Unsupported('a <Choice> with alias=""')  # the editor stores "", the import refuses it
    if any(not choice.get("value") or choice.attrib["value"].startswith("$") for choice in tags):
        raise _Unsupported("a <Choice> without a fixed value")
    for choice in tags:
        _check_shown(choice, parents, "a <Choice>")
        if _attribute(choice, "selected", "false") not in ("true", "false"):
            chosen = f'selected="{_attribute(choice, "selected")}"'
            raise _Unsupported(f'a <Choice> with {chosen}: Label Studio\'s editor takes only "true" and "false" there')
    choices = tuple(
        Choice(value=choice.attrib["value"], alias=choice.get("alias"), hint=choice.get("hint")) for choice in tags
    )
    if len(choices) < 2:
        raise _Unsupported(f"{len(choices)} <Choice> tags: two are needed")
    repeated = [label for label, n in Counter(choice.stored for choice in choices).items() if n > 1]
    if repeated:
        raise _Unsupported(f"labels that occur twice: {', '.join(repeated)}")
    return choices
