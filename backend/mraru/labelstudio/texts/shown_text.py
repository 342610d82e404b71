"""What each tag of Label Studio 1.23's editor shows of the value in its field, as text."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from mraru.labelstudio.texts.html_text import strip_html
from mraru.labelstudio.texts.javascript_values import NotShown, spell_child, spell_json, spell_value
from mraru.schema_records import TextSource, TextTag

LARGEST_INDEX = 2**32 - 2  # a name of a property up to this number comes before all others, by size


def show(value: object, source: TextSource) -> str:
    """The text that people read of a value.

    Raises:
        NotShown: the tag shows nothing of such a value, or the editor fails over it.

    >>> show([{"author": "Ann", "text": "Hello"}], TextSource(name="chat", field="chat", tag=TextTag.PARAGRAPHS))
    'Ann: Hello'
    """
    try:
        return _SHOWN[source.tag](value, source)
    except RecursionError:
        raise NotShown from None


def describe_shape(source: TextSource) -> str:
    """What must stand in the field so that the tag shows it, in words.

    >>> describe_shape(TextSource(name="chat", field="chat", tag=TextTag.PARAGRAPHS))
    "<Paragraphs> shows a list of objects with 'author' and 'text'"
    """
    shapes = {
        TextTag.PARAGRAPHS: f"a list of objects with '{source.name_key}' and '{source.text_key}'",
        TextTag.LIST: "a list of objects with 'id' and 'title', 'body' or 'html'",
        TextTag.TABLE: "an object, or a list",
    }
    return f"<{source.tag}> shows {shapes.get(source.tag, 'a text, a number or a list of them')}"


def _show_text(value: object, source: TextSource) -> str:
    return spell_value(value)


def _show_html(value: object, source: TextSource) -> str:
    return strip_html(spell_value(value))


def _show_paragraphs(value: object, source: TextSource) -> str:
    """A line for each phrase that has a text, with who says it."""
    phrases = _require_objects(value)
    if not phrases or not {source.name_key, source.text_key} <= phrases[0].keys():
        raise NotShown
    lines = []
    for phrase in sorted(phrases, key=_find_times) if source.is_by_time else phrases:
        name, text = (spell_child(phrase.get(key)).strip() for key in (source.name_key, source.text_key))
        if text:
            lines.append(f"{name}: {text}" if name else text)
    return "\n".join(lines)


def _find_times(phrase: Mapping[str, object]) -> tuple[bool, float, float]:
    """What phrases are ordered by where they scroll with a recording; one that starts at 0 comes last there, too."""
    start, end, duration = (_read_number(phrase.get(key)) for key in ("start", "end", "duration"))
    return not start, start, end or start + duration


def _read_number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and abs(value) < math.inf else 0.0


def _show_list(value: object, source: TextSource) -> str:
    """Title, body and HTML of each item, with a blank line between items; of one that has none, its id.

    Of several items with one id the last is shown, where the first stands; ids that are numbers come first.
    """
    items = {spell_value(item["id"]) if "id" in item else "undefined": item for item in _require_objects(value)}
    shown = []
    for name in _order_names(items):
        item = items[name]
        parts = [
            spell_child(item.get("title")),
            spell_child(item.get("body")),
            strip_html(spell_child(item.get("html"))),
        ]
        shown.append("\n".join(part for part in parts if part.strip()) or name)
    return "\n\n".join(shown)


def _show_table(value: object, source: TextSource) -> str:
    """A line for each cell, after the name of its column or row; of several objects, a blank line between them."""
    if isinstance(value, str):
        value = _parse_json(value)
    if isinstance(value, Mapping):
        names = sorted(map(str, _order_names(value)), key=_collate)
        return "\n".join(_show_cell(name, _spell_cell(value[name])) for name in names)
    if not isinstance(value, list):
        raise NotShown
    if value and isinstance(value[0], Mapping):
        rows = [row for row in value if isinstance(row, Mapping)]
        columns = dict.fromkeys(column for row in rows for column in _order_names(row))
        cells = [[_show_cell(name, _spell_row(row[name])) for name in columns if name in row] for row in rows]
        return "\n\n".join("\n".join(lines) for lines in cells if lines)
    return "\n".join(_show_cell(str(place), _spell_cell(each)) for place, each in enumerate(value))


def _spell_cell(value: object) -> str:
    return spell_json(value) if value is None or isinstance(value, Mapping | list) else spell_child(value)


def _spell_row(value: object) -> str:
    return "" if isinstance(value, Mapping) else spell_child(value)


def _show_cell(name: str, spelled: str) -> str:
    return f"{name}: {spelled}".rstrip()


def _require_objects(value: object) -> Sequence[Mapping[str, object]]:
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise NotShown
    return value


def _order_names(names: Mapping[str, object]) -> list[str]:
    """The names of an object's properties in JavaScript's order.

    >>> _order_names({"b": 0, "10": 0, "9": 0, "a": 0})
    ['9', '10', 'b', 'a']
    """
    indices = [name for name in names if _is_index(name)]
    return [*sorted(indices, key=int), *(name for name in names if not _is_index(name))]


def _is_index(name: str) -> bool:
    is_number = name.isascii() and name.isdecimal() and len(name) <= len(str(LARGEST_INDEX))
    return is_number and str(int(name)) == name and int(name) <= LARGEST_INDEX


def _collate(name: str) -> tuple[list[tuple[bool, bool, str]], str]:
    """What names are ordered by: signs before digits before letters, and accents last.

    >>> sorted(["b", "Z", "ä", "a", "1", "_x"], key=_collate)
    ['_x', '1', 'a', 'ä', 'b', 'Z']
    """
    lower = name.lower()
    signs = [sign for sign in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(sign)]
    return [(sign.isalpha(), sign.isalnum(), sign) for sign in signs], lower


def _parse_json(written: str) -> object:
    try:
        parsed: object = json.loads(written, parse_constant=_refuse_constant)
    except ValueError:
        raise NotShown from None
    return parsed


def _refuse_constant(name: str) -> object:
    raise ValueError(name)  # NaN and Infinity are no JSON


_SHOWN: Mapping[TextTag, Callable[[object, TextSource], str]] = {
    TextTag.TEXT: _show_text,
    TextTag.HYPERTEXT: _show_html,
    TextTag.PARAGRAPHS: _show_paragraphs,
    TextTag.LIST: _show_list,
    TextTag.TABLE: _show_table,
}
