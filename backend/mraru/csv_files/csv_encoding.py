"""In which encoding a file is, and what there is to say about it.

Guessing among all single-byte encodings goes wrong on short texts, so there is none: what is neither UTF-8 nor UTF-16
is Windows-1252 if it looks Western European, and is refused if not.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter

from mraru.errors import CsvUnreadable

REPLACED = "\ufffd"
MOST_ACCENTED = 0.3  # share of the letters of a Western European text that are not ASCII, far beyond what is found
FEW = 5  # characters, of which no share is told
N_WORDS_SHOWN = 3
MOST_ODD_ZEROS = 0.1  # of UTF-16's zero bytes, on the side of each pair that has few
MARKS = (  # UTF-32's begins as UTF-16's does, so it is looked for first
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(content: bytes) -> tuple[str, str | None]:
    """The text of a file, and a sentence where it was read as anything but UTF-8.

    Raises:
        CsvUnreadable: it is in none of the encodings that are told apart; says what to do.

    >>> decode("été".encode()), decode(codecs.BOM_UTF8 + b"a")
    (('été', None), ('a', None))
    >>> decode("a été".encode("cp1252"))[0]
    'a été'
    """
    mark = next((name for mark, name in MARKS if content.startswith(mark)), None)
    encoding = mark or _guess_unmarked_utf_16(content) or "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as exc:
        if encoding != "utf-8":
            raise CsvUnreadable(f"it looks like {encoding.upper()} and is not: save it as CSV in UTF-8") from exc
        return _decode_single_bytes(content, exc.start)
    return text, None if encoding.startswith("utf-8") else f"It is read as {encoding.upper()}."


def _guess_unmarked_utf_16(content: bytes) -> str | None:
    """UTF-16 without a byte order mark has many zero bytes, on one side of each pair.

    Raises:
        CsvUnreadable: there are zero bytes on both sides, as in a spreadsheet's own files.
    """
    n_even, n_odd = content[::2].count(0), content[1::2].count(0)
    if not n_even and not n_odd:
        return None
    if min(n_even, n_odd) > MOST_ODD_ZEROS * max(n_even, n_odd):
        raise CsvUnreadable("it is no text: save it as CSV in UTF-8")
    return "utf-16-le" if n_odd > n_even else "utf-16-be"


def _decode_single_bytes(content: bytes, first_odd: int) -> tuple[str, str]:
    """Windows-1252, or Latin-1 where it has bytes that Windows-1252 has not."""
    line = content[:first_odd].count(b"\n") + 1
    as_utf_8 = Counter(character for character in content.decode("utf-8", errors="replace") if not character.isascii())
    if as_utf_8[REPLACED] < as_utf_8.total() - as_utf_8[REPLACED]:
        raise CsvUnreadable(f"it is UTF-8, but for what stands in line {line}: mend that line, or save it as UTF-8")
    n_accented = sum(byte >= 0x80 for byte in content)
    n_letters = n_accented + len(re.findall(rb"[A-Za-z]", content))
    if n_accented > MOST_ACCENTED * n_letters and n_accented > FEW:
        raise CsvUnreadable("it is neither UTF-8 nor UTF-16 nor in a Western European encoding: save it as UTF-8")
    name, encoding = "Windows-1252", "cp1252"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        name, encoding = "Latin-1", "latin-1"
        text = content.decode(encoding)
    words = dict.fromkeys(re.findall(r"\w*[^\W\x00-\x7f]\w*|[^\x00-\x7f]", text))
    shown = ", ".join(f"'{word}'" for word in [word for word in words if word.isprintable()][:N_WORDS_SHOWN])
    note = f"It is no UTF-8, so it is read as {name}, with words such as {shown}: if they are wrong, save it as UTF-8."
    return text, note
