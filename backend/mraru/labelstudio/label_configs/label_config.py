"""What a project's label config asks of annotators: one label of one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element, ParseError, fromstring

from mraru.errors import LabelConfigError
from mraru.labelstudio.label_configs.answer_tags import check_control, read_answer
from mraru.labelstudio.label_configs.config_tags import Parents, Unsupported, check_shown, read_attribute
from mraru.labelstudio.label_configs.out_of_scope import describe_out_of_scope
from mraru.labelstudio.label_configs.text_tags import TEXT_TAGS, find_upload_field, read_chosen, read_source
from mraru.schema_records import NOTHING_CHOSEN, AnswerKind, ConfigSelection, LabelSchema

SUPPORTED = (
    "Supported is exactly one <Choices>, or else one <Taxonomy> or <Rating>, "
    'whose toName is a <Text>, <HyperText>, <Paragraphs>, <List> or <Table> with value="$field", or a path as in '
    '"$ticket.body" or "$turns[0].text".'
)
NOTE_NAME = "mraru"  # of the <TextArea> that a team adds to see our notes


def parse_label_config(xml: str, selection: ConfigSelection = NOTHING_CHOSEN) -> LabelSchema:
    """Find the one question about one text that labels answer, its labels in the config's order.

    Other controls may stand beside it: a config is refused only when none or several `<Choices>` qualify, and where
    there is none, no or several others. So a single choice goes before a taxonomy or a rating beside it.

    Args:
        selection: what people chose; that of a stored project is applied by `projects.project_schema`.

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
            usable.append(_read_control(tag, objects, parents))
            found.append(described)
        except Unsupported as reason:
            found.append(f"{described} ({reason})")
    listed = f"{SUPPORTED} Found: {'; '.join(found) or 'no control tag'}."
    if not usable and (out_of_scope := describe_out_of_scope(root, objects)) is not None:
        raise LabelConfigError(out_of_scope)
    schema = _choose(usable, selection.only, listed)
    sources = read_chosen(schema.texts[0], selection.texts, objects, parents)
    return replace(
        schema, sources=sources, note_name=_find_note(root, schema.to_name), upload_field=find_upload_field(root)
    )


def _choose(usable: Sequence[LabelSchema], only: str | None, listed: str) -> LabelSchema:
    """The control that is meant.

    Args:
        listed: what is supported and what was found.

    Raises:
        LabelConfigError: none can be used, or it is not clear which one.
    """
    if not usable:
        raise LabelConfigError(f"No control can be used. {listed}")
    if only is not None:
        named = [schema for schema in usable if schema.from_name == only]
        if not named:
            names = ", ".join(schema.from_name for schema in usable)
            raise LabelConfigError(
                f"No control that can be used is named '{only}', but these are: {names}. `mraru connect PROJECT --only "
                f"NAME` chooses another. {listed}"
            )
        return named[0]
    meant = _prefer(usable)
    if len(meant) > 1:
        names = ", ".join(schema.from_name for schema in meant)
        raise LabelConfigError(
            f"{len(meant)} controls could be meant: {names}. Choose one with `mraru connect PROJECT --only NAME`. "
            f"{listed}"
        )
    return meant[0]


def _prefer(usable: Sequence[LabelSchema]) -> Sequence[LabelSchema]:
    """What is meant where several controls can be used: as earlier versions did, which understood single choices alone.

    First choices of one label, then choices of several, then taxonomies and ratings.
    """
    choices = [schema for schema in usable if schema.kind is AnswerKind.CHOICES]
    return [schema for schema in choices if not schema.is_multiple] or choices or usable


def _read_control(tag: Element, objects: Mapping[str | None, Element], parents: Parents) -> LabelSchema:
    check_control(tag)
    text = objects.get(tag.get("toName"))
    if text is None or text.tag not in TEXT_TAGS:
        is_about = f"<{text.tag}>" if text is not None else "nothing that is there"
        raise Unsupported(f'toName="{tag.get("toName")}" is {is_about}')
    check_shown(tag, parents, "it")
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
        is_required=read_attribute(tag, "required", "false").lower() == "true",
    )


def _find_note(root: Element, to_name: str) -> str | None:
    """The text area that was added for our notes: the team's own ones stay theirs."""
    notes = (tag for tag in root.iter("TextArea") if tag.get("name") == NOTE_NAME and tag.get("toName") == to_name)
    return NOTE_NAME if next(notes, None) is not None else None
