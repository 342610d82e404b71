"""Every control of a label config: the question that it asks, or why it is none that can be answered here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from mraru.labelstudio.label_configs.answer_tags import check_control, read_answer
from mraru.labelstudio.label_configs.config_tags import Parents, Unsupported, check_once, read_attribute
from mraru.labelstudio.label_configs.text_tags import TEXT_TAGS, read_source
from mraru.schema_records import LabelSchema

SUPPORTED = (
    "Supported are <Choices>, <Taxonomy> and <Rating> "
    'whose toName is a <Text>, <HyperText>, <Paragraphs>, <List> or <Table> with value="$field", or a path as in '
    '"$ticket.body" or "$turns[0].text".'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control tag."""

    tag: Element
    schema: LabelSchema | None = None  # what it asks; None: it cannot be used
    reason: str | None = None  # why not

    @property
    def name(self) -> str:
        return self.tag.attrib["name"]


def read_controls(root: Element, objects: Mapping[str | None, Element], parents: Parents) -> list[Control]:
    """All controls, in the config's order; when they are seen is still to be read."""
    controls = []
    for tag in root.iter():
        if tag.get("name") and tag.get("toName"):
            try:
                controls.append(Control(tag=tag, schema=_read_control(tag, objects, parents)))
            except Unsupported as reason:
                controls.append(Control(tag=tag, reason=str(reason)))
    return controls


def describe_controls(controls: Sequence[Control]) -> str:
    """What is supported and what there is: each control, and why it cannot be used where it cannot."""
    described = ((f'<{control.tag.tag} name="{control.name}">', control.reason) for control in controls)
    found = "; ".join(said if reason is None else f"{said} ({reason})" for said, reason in described)
    return f"{SUPPORTED} Found: {found or 'no control tag'}."


def _read_control(tag: Element, objects: Mapping[str | None, Element], parents: Parents) -> LabelSchema:
    check_control(tag)
    text = objects.get(tag.get("toName"))
    if text is None or text.tag not in TEXT_TAGS:
        is_about = f"<{text.tag}>" if text is not None else "nothing that is there"
        raise Unsupported(f'toName="{tag.get("toName")}" is {is_about}')
    check_once(tag, parents, "it")
    source = read_source(text, parents)
    answer = read_answer(tag, parents)
    return LabelSchema(
        from_name=tag.attrib["name"],
        to_name=tag.attrib["toName"],
        text_field=source.field,
        choices=answer.choices,
        sources=(source,),
        kind=answer.kind,
        path_separator=answer.path_separator,
        is_multiple=answer.is_multiple,
        most=answer.most,
        is_required=read_attribute(tag, "required", "false").lower() == "true",
    )
