"""What a project's label config asks of annotators: one choice about one text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from xml.etree.ElementTree import Element, ParseError, fromstring

from mraru.answers import NO_LABELS, SEPARATOR, find_unusable
from mraru.errors import LabelConfigError
from mraru.labelstudio.label_configs.choice_tags import read_choices
from mraru.labelstudio.label_configs.config_tags import CONDITIONS, Parents, Unsupported, check_shown, read_attribute
from mraru.labelstudio.label_configs.text_tags import TEXT_TAGS, read_field
from mraru.records import Choice, LabelSchema

SUPPORTED = (
    'Supported is exactly one <Choices>, choice="single" or "multiple", with plain <Choice> tags, '
    'whose toName is a <Text> or <HyperText> with value="$field", or a path as in "$ticket.body" or "$turns[0].text".'
)
SINGLE = ("single", "single-radio")  # Label Studio's default is "single"
MULTIPLE = "multiple"
NOTE_NAME = "mraru"  # of the <TextArea> that a team adds to see our notes


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
            usable.append(_read_question(tag, objects, parents))
            found.append(described)
        except Unsupported as reason:
            found.append(f"{described} ({reason})")
    # where one label is chosen in one of them alone, that one was meant before sets of labels were understood
    of_one_label = [schema for schema in usable if not schema.is_multiple]
    meant = of_one_label if len(of_one_label) == 1 else usable
    if len(meant) == 1:
        return replace(meant[0], note_name=_find_note(root, meant[0].to_name))
    problem = "No choice can be used" if not usable else f"{len(usable)} choices could be meant"
    raise LabelConfigError(f"{problem}. {SUPPORTED} Found: {'; '.join(found) or 'no control tag'}.")


def _read_question(tag: Element, objects: Mapping[str | None, Element], parents: Parents) -> LabelSchema:
    if tag.tag != "Choices":
        raise Unsupported("not a choice" if tag.tag.lower() != "choices" else "write it <Choices>")
    kind = read_attribute(tag, "choice", "single")
    if kind not in (*SINGLE, MULTIPLE):
        raise Unsupported(f'choice="{kind}"')
    for attribute in (*CONDITIONS, "value", "perRegion", "perItem"):
        if read_attribute(tag, attribute, "false").lower() != "false":
            raise Unsupported(f'{attribute}="{read_attribute(tag, attribute)}"')
    text = objects.get(tag.get("toName"))
    if text is None or text.tag not in TEXT_TAGS:
        is_about = f"<{text.tag}>" if text is not None else "nothing that is there"
        raise Unsupported(f'toName="{tag.get("toName")}" is {is_about}')
    check_shown(tag, parents, "it")
    check_shown(text, parents, "its text")
    return LabelSchema(
        from_name=tag.attrib["name"],
        to_name=tag.attrib["toName"],
        text_field=read_field(text),
        choices=_read_choices(tag, parents, is_multiple=kind == MULTIPLE),
        is_html=text.tag == "HyperText",
        is_multiple=kind == MULTIPLE,
        is_required=read_attribute(tag, "required", "false").lower() == "true",
    )


def _read_choices(tag: Element, parents: Parents, *, is_multiple: bool) -> tuple[Choice, ...]:
    choices = read_choices(tag, parents)
    unusable = find_unusable(choice.stored for choice in choices) if is_multiple else ()
    if unusable:
        raise Unsupported(f"labels with '{SEPARATOR}' in them, or called {NO_LABELS}: {', '.join(unusable)}")
    return choices


def _find_note(root: Element, to_name: str) -> str | None:
    """The text area that was added for our notes: the team's own ones stay theirs."""
    notes = (tag for tag in root.iter("TextArea") if tag.get("name") == NOTE_NAME and tag.get("toName") == to_name)
    return NOTE_NAME if next(notes, None) is not None else None
