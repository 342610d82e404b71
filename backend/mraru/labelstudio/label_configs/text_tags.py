"""The tags that show a text: which field of a task they read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from mraru.errors import LabelConfigError
from mraru.labelstudio.label_configs.config_tags import Parents, Unsupported, check_shown, read_attribute
from mraru.records import TextSource, TextTag

TEXT_TAGS = tuple(TextTag)

# What Label Studio 1.23's editor takes for a field: `parseValue` in the source of its utils/data.js.
_READ_AS_FIELD = re.compile(r"\$[\w.\[\]{}]+", re.ASCII)
_FIELD = re.compile(r"\$(\w+(?:\.\w+|\[\d+\])*)", re.ASCII)  # without {{idx}}, which a <Repeater> fills in


def read_source(text: Element, parents: Parents) -> TextSource:
    """What this tag shows of a task.

    Raises:
        Unsupported: no text that every annotator sees once, or none that stands in one field.
    """
    check_shown(text, parents, "its text")
    return TextSource(name=text.get("name", ""), field=read_field(text), tag=TextTag(text.tag))


def read_chosen(
    own: TextSource, names: Sequence[str], objects: Mapping[str | None, Element], parents: Parents
) -> tuple[TextSource, ...]:
    """The texts that are read beside a control's own one, which comes first unless it is named, too.

    Raises:
        LabelConfigError: one of the names is no text tag, or none that can be read; says which there are.
    """
    sources = []
    for name in dict.fromkeys(names if own.name in names else (own.name, *names)):
        tag = objects.get(name)
        if tag is None or tag.tag not in TEXT_TAGS:
            there = [str(each) for each, found in objects.items() if found.tag in TEXT_TAGS]
            found = f"<{tag.tag}>, which shows no text" if tag is not None else "not there"
            raise LabelConfigError(
                f"The text '{name}', which is to be read beside '{own.name}', is {found}. The label config has these "
                f"texts: {', '.join(there)}. `mraru connect PROJECT --text NAME` chooses others."
            )
        try:
            sources.append(read_source(tag, parents))
        except Unsupported as reason:
            raise LabelConfigError(
                f"The text '{name}', which is to be read beside '{own.name}', cannot be used: {reason}. "
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
    is_behind_url = read_attribute(text, "valueType", "text") != "text" or read_attribute(text, "resolver")
    if is_behind_url or read_attribute(text, "encoding", "none") != "none":
        raise Unsupported("its text is behind a URL or encoded")
    if len(text) or (text.text or "").strip():
        raise Unsupported(f"its <{text.tag}> holds a text of its own, which the editor shows in place of the field's")
    return match.group(1)
