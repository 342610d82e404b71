"""What a fetched file holds: its bytes as characters, and those as the value that a tag shows."""

from __future__ import annotations

import codecs
import json

from mraru.labelstudio.texts.javascript_values import NotShown
from mraru.schema_records import TextTag

MARKS = (  # the longer first: UTF-32's begins as UTF-16's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OF_JSON = (TextTag.PARAGRAPHS, TextTag.TABLE)


def decode_file(content: bytes, declared: str | None) -> str | None:
    r"""The characters of a file: by its byte order mark, else as UTF-8, else in the encoding declared with it; or None.

    UTF-8 comes before what is declared, since servers declare a default and other texts are hardly ever valid UTF-8.

    >>> decode_file("été".encode(), "latin-1"), decode_file("été".encode("latin-1"), "ISO-8859-1")
    ('été', 'été')
    >>> decode_file("été".encode("utf-16"), None), decode_file("été".encode("latin-1"), None)
    ('été', None)
    """
    marked = next((encoding for mark, encoding in MARKS if content.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", declared):
        try:
            return content.decode(encoding) if encoding else None
        except (UnicodeError, LookupError):  # another one, or one that nobody knows
            continue
    return None


def read_value(content: str, tag: TextTag) -> object:
    """What a tag shows of a file: its text, or the JSON that it holds.

    Raises:
        NotShown: it is no JSON, where the tag shows JSON alone.
    """
    if tag not in OF_JSON:
        return content
    try:
        value: object = json.loads(content)
    except (ValueError, RecursionError):
        raise NotShown from None
    return value
