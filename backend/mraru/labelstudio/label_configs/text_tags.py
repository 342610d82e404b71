"""The tags that show a text: which field of a task they read."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from mraru.labelstudio.label_configs.config_tags import Unsupported, read_attribute

TEXT_TAGS = ("Text", "HyperText")

# What Label Studio 1.23's editor takes for a field: `parseValue` in the source of its utils/data.js.
_READ_AS_FIELD = re.compile(r"\$[\w.\[\]{}]+", re.ASCII)
_FIELD = re.compile(r"\$(\w+(?:\.\w+|\[\d+\])*)", re.ASCII)  # without {{idx}}, which a <Repeater> fills in


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
