"""The tags that show a text: which field of a task they read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from mraru.errors import LabelConfigError
from mraru.labelstudio.label_configs.config_tags import Parents, Unsupported, check_shown, read_attribute
from mraru.schema_records import TextSource, TextTag

TEXT_TAGS = tuple(TextTag)

VALUE_TYPES: Mapping[str, str] = {  # what the editor takes for the value itself, where there is a choice
    TextTag.TEXT: "text",
    TextTag.HYPERTEXT: "text",
    TextTag.PARAGRAPHS: "json",
    TextTag.TABLE: "json",
}
FETCHED = "url"  # the value type of a field that holds the address of a file
WITH_OWN_TEXT = (TextTag.TEXT, TextTag.HYPERTEXT)

# What Label Studio 1.23's editor takes for a field: `parseValue` in the source of its utils/data.js.
_READ_AS_FIELD = re.compile(r"\$[\w.\[\]{}]+", re.ASCII)
_FIELD = re.compile(r"\$(\w+(?:\.\w+|\[\d+\])*)", re.ASCII)  # without {{idx}}, which a <Repeater> fills in


def read_source(text: Element, parents: Parents) -> TextSource:
    """What this tag shows of a task.

    Raises:
        Unsupported: no text that every annotator sees once, or none that stands in one field.
    """
    check_shown(text, parents, "its text")
    tag, name, field = TextTag(text.tag), text.get("name", ""), read_field(text)
    is_address = read_attribute(text, "valueType", "") == FETCHED
    if tag is TextTag.LIST and not any(each.tag == "Ranker" and each.get("toName") == name for each in parents):
        raise Unsupported(
            "Label Studio's editor shows a <List> only where it can be ranked, so people see nothing of it. Add "
            f'<Ranker name="rank" toName="{name}"/> beside it, or show its items in a <Table>'
        )
    if tag is not TextTag.PARAGRAPHS:
        return TextSource(name=name, field=field, tag=tag, is_address=is_address)
    return TextSource(
        name=name,
        field=field,
        tag=tag,
        name_key=read_attribute(text, "nameKey", "author"),
        text_key=read_attribute(text, "textKey", "text"),
        is_by_time=read_attribute(text, "contextScroll", "false") == "true",
        is_address=is_address,
    )


def read_chosen(
    own: Sequence[TextSource], names: Sequence[str], objects: Mapping[str | None, Element], parents: Parents
) -> tuple[TextSource, ...]:
    """The texts that are read beside those that the controls are about, which come first unless they are named, too.

    Raises:
        LabelConfigError: one of the names is no text tag, or none that can be read; says which there are.
    """
    sources = []
    beside = own[0].name
    for name in dict.fromkeys([*(source.name for source in own if source.name not in names), *names]):
        tag = objects.get(name)
        if tag is None or tag.tag not in TEXT_TAGS:
            there = [str(each) for each, found in objects.items() if found.tag in TEXT_TAGS]
            found = f"<{tag.tag}>, which shows no text" if tag is not None else "not there"
            raise LabelConfigError(
                f"The text '{name}', which is to be read beside '{beside}', is {found}. The label config has these "
                f"texts: {', '.join(there)}. `mraru connect PROJECT --text NAME` chooses others."
            )
        try:
            sources.append(read_source(tag, parents))
        except Unsupported as reason:
            raise LabelConfigError(
                f"The text '{name}', which is to be read beside '{beside}', cannot be used: {reason}. "
                "`mraru connect PROJECT --text NAME` chooses others."
            ) from None
    return tuple(sources)


def read_field(text: Element) -> str:
    """Where in a task's data the text of this tag stands.

    Raises:
        Unsupported: not in one field, or not as plain text.
    """
    value = read_attribute(text, "value")
    match = _FIELD.fullmatch(value)
    if match is None and "$" in value:
        read = ", ".join(_READ_AS_FIELD.findall(value)) or "nothing"
        raise Unsupported(
            f'its text has value="{value}", of which Label Studio\'s editor reads {read} as a field. All of it must be '
            'one: "$" and then names of a-z, 0-9 and _, with dots and [n] between. Rename it in data and label config'
        )
    if match is None:
        raise Unsupported(f'its text has value="{value}", not a $field')
    own_type = VALUE_TYPES.get(text.tag)
    value_type = read_attribute(text, "valueType", own_type or "")
    if read_attribute(text, "resolver"):
        raise Unsupported(
            f"its <{text.tag}> takes the text out of a file of many (resolver): import the texts themselves and leave "
            "that attribute out"
        )
    if own_type is None and value_type == FETCHED:
        raise Unsupported(f'its <{text.tag}> has valueType="{FETCHED}", but the editor fetches nothing for that tag')
    if own_type is not None and value_type not in (own_type, FETCHED):
        raise Unsupported(f'its <{text.tag}> has valueType="{value_type}": leave that out, with data as it is in JSON')
    if read_attribute(text, "encoding", "none") != "none":
        raise Unsupported(
            f'its <{text.tag}> has encoding="{read_attribute(text, "encoding")}": import the texts decoded, and leave '
            "that attribute out"
        )
    if text.tag in WITH_OWN_TEXT and (len(text) or (text.text or "").strip()):
        raise Unsupported(f"its <{text.tag}> holds a text of its own, which the editor shows in place of the field's")
    return match.group(1)


def find_upload_field(root: Element) -> str | None:
    """The field under which Label Studio shows what an uploaded .txt file holds: that of the first tag with a value.

    As `replace_task_data_undefined_with_config_field` and `extract_data_types` of its core/label_config.py.
    """
    for tag in root.iterfind(".//*[@value]"):
        value = tag.attrib["value"]
        if tag.get("name") and len(value) > 1 and value.startswith("$"):
            return value[1:]
        if tag.get("name") and (found := re.search(r"\$(\w+)", value)):
            return found.group(1)
    return None
