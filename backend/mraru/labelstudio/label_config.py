"""What a project's label config asks of annotators: one choice about one text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from xml.etree.ElementTree import Element, ParseError, fromstring

from mraru.errors import LabelConfigError
from mraru.labelstudio.html_text import strip_html
from mraru.records import Choice, LabelSchema

SUPPORTED = (
    'Supported is exactly one <Choices choice="single"> with plain <Choice> tags, '
    'whose toName is a <Text> or <HyperText> with value="$field".'
)
SINGLE = ("single", "single-radio")  # Label Studio's default is "single"
TEXT_TAGS = ("Text", "HyperText")
NOTE_NAME = "mraru"  # of the <TextArea> that a team adds to see our notes

_PLAIN_FIELD = re.compile(r"\$([\w-]+(?: [\w-]+)*)")


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
    objects = {tag.get("name"): tag for tag in root.iter() if tag.get("name") and not tag.get("toName")}
    usable: list[LabelSchema] = []
    found: list[str] = []
    for tag in root.iter():
        if not (tag.get("name") and tag.get("toName")):
            continue
        described = f'<{tag.tag} name="{tag.get("name")}">'
        try:
            usable.append(_read_choices(tag, objects))
            found.append(described)
        except _Unsupported as reason:
            found.append(f"{described} ({reason})")
    if len(usable) == 1:
        return replace(usable[0], note_name=_find_note(root, usable[0].to_name))
    problem = "No choice can be used" if not usable else f"{len(usable)} choices could be meant"
    raise LabelConfigError(f"{problem}. {SUPPORTED} Found: {'; '.join(found) or 'no control tag'}.")


def read_text(task_data: Mapping[str, object], schema: LabelSchema) -> str:
    """The plain text of a task; HTML is reduced to its text, anything but a string to "".

    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="body", choices=(), is_html=True)
    >>> read_text({"body": "<p>One &amp; two</p><script>x</script><p>three</p>"}, schema)
    'One & two\\nthree'
    """
    raw = task_data.get(schema.text_field)
    if not isinstance(raw, str):
        return ""
    return strip_html(raw) if schema.is_html else raw


def _read_choices(tag: Element, objects: Mapping[str | None, Element]) -> LabelSchema:
    if tag.tag != "Choices":
        raise _Unsupported("not a choice")
    if tag.get("choice", "single") not in SINGLE:
        raise _Unsupported(f'choice="{tag.get("choice")}"')
    for attribute in ("visibleWhen", "value", "perRegion", "perItem"):
        if tag.get(attribute, "false").lower() != "false":
            raise _Unsupported(f'{attribute}="{tag.get(attribute)}"')
    text = objects.get(tag.get("toName"))
    if text is None or text.tag not in TEXT_TAGS:
        is_about = f"<{text.tag}>" if text is not None else "nothing that is there"
        raise _Unsupported(f'toName="{tag.get("toName")}" is {is_about}')
    return LabelSchema(
        from_name=tag.attrib["name"],
        to_name=tag.attrib["toName"],
        text_field=_read_field(text),
        choices=_read_labels(tag),
        is_html=text.tag == "HyperText",
    )


def _find_note(root: Element, to_name: str) -> str | None:
    """The text area that was added for our notes: the team's own ones stay theirs."""
    notes = (tag for tag in root.iter("TextArea") if tag.get("name") == NOTE_NAME and tag.get("toName") == to_name)
    return NOTE_NAME if next(notes, None) is not None else None


def _read_field(text: Element) -> str:
    match = _PLAIN_FIELD.fullmatch(text.get("value", ""))
    if match is None:
        raise _Unsupported(f'its text has value="{text.get("value", "")}", not a plain $field')
    if text.get("valueType", "text") != "text" or text.get("encoding", "none") != "none":
        raise _Unsupported("its text is behind a URL or encoded")
    return match.group(1)


def _read_labels(tag: Element) -> tuple[Choice, ...]:
    tags = list(tag.iter("Choice"))
    if any(nested is not outer for outer in tags for nested in outer.iter("Choice")):
        raise _Unsupported("nested <Choice> tags")
    if any(choice.get("alias") == "" for choice in tags):
        raise _Unsupported('a <Choice> with alias=""')  # the editor stores "", the import refuses it
    if any(not choice.get("value") or choice.attrib["value"].startswith("$") for choice in tags):
        raise _Unsupported("a <Choice> without a fixed value")
    choices = tuple(
        Choice(value=choice.attrib["value"], alias=choice.get("alias"), hint=choice.get("hint")) for choice in tags
    )
    if len(choices) < 2:
        raise _Unsupported(f"{len(choices)} <Choice> tags: two are needed")
    repeated = [label for label, n in Counter(choice.stored for choice in choices).items() if n > 1]
    if repeated:
        raise _Unsupported(f"labels that occur twice: {', '.join(repeated)}")
    return choices
