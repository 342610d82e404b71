"""What a project's label config asks of annotators: labels of one text, in answer to one question or several."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element, ParseError, fromstring

from mraru.errors import LabelConfigError
from mraru.labelstudio.label_configs.control_choice import choose_controls
from mraru.labelstudio.label_configs.control_tags import SUPPORTED, read_controls
from mraru.labelstudio.label_configs.out_of_scope import describe_out_of_scope
from mraru.labelstudio.label_configs.text_tags import find_upload_field, read_chosen
from mraru.questions import ask_together
from mraru.schema_records import NOTHING_CHOSEN, ConfigSelection, LabelSchema

NOTE_NAME = "mraru"  # of the <TextArea> that a team adds to see our notes


def parse_label_config(xml: str, selection: ConfigSelection = NOTHING_CHOSEN) -> LabelSchema:
    """Find the questions that labels answer, their labels in the config's order: one, or several asked together.

    Other controls may stand beside them: a config is refused only when none can be answered, or one that is named
    cannot.

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
    controls = read_controls(root, objects, parents)
    is_usable = any(control.schema for control in controls)
    if not is_usable and (out_of_scope := describe_out_of_scope(root, objects)) is not None:
        raise LabelConfigError(out_of_scope)
    questions, left_out = choose_controls(controls, selection.only, parents)
    schema = ask_together(questions)
    sources = read_chosen(schema.texts, selection.texts, objects, parents)
    return replace(
        schema,
        sources=sources,
        left_out=left_out,
        note_name=_find_note(root, schema.to_name),
        upload_field=find_upload_field(root),
    )


def _find_note(root: Element, to_name: str) -> str | None:
    """The text area that was added for our notes: the team's own ones stay theirs."""
    notes = (tag for tag in root.iter("TextArea") if tag.get("name") == NOTE_NAME and tag.get("toName") == to_name)
    return NOTE_NAME if next(notes, None) is not None else None
