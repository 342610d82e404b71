"""The text of a task, found as Label Studio's editor finds it; one that would break what reads it is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mraru.labelstudio.texts.html_text import strip_html
from mraru.records import LabelSchema, TaskText, TextFault

LONGEST_TEXT = 1_000_000  # characters; a longer one is no text that somebody labels, and slows everything down


def read_task(
    task_id: int, task_data: Mapping[str, object], schema: LabelSchema, overlap: int | None = None
) -> TaskText:
    """A task reduced to its text, which is empty where it has a fault.

    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="body", choices=())
    >>> read_task(7, {"body": "half an emoji \\ud83d"}, schema).fault
    <TextFault.HALF_CHARACTER: 'half of a character, such as an emoji that was cut in two'>
    """
    raw = find_field(task_data, schema.text_field)
    text, fault = "", _find_fault(raw)
    if isinstance(raw, str) and fault is None:
        read = strip_html(raw) if schema.is_html else raw
        text, fault = (read, None) if read.strip() else ("", TextFault.EMPTY)
    return TaskText(task_id=task_id, text=text, overlap=1 if overlap is None else overlap, fault=fault)


def read_text(task_data: Mapping[str, object], schema: LabelSchema) -> str:
    """The plain text of a task; HTML is reduced to its text, anything that is no usable text to "".

    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="body", choices=(), is_html=True)
    >>> read_text({"body": "<p>One &amp; two</p><script>x</script><p>three</p>"}, schema)
    'One & two\\nthree'
    """
    return read_task(0, task_data, schema).text


def find_field(task_data: Mapping[str, object], path: str) -> object:
    """What the editor finds at `$path`: a field of just that name first, else one step after the other; or None.

    As `get` of es-toolkit, to which Label Studio 1.23's editor hands it.

    >>> task_data = {"ticket": {"body": "late"}, "turns": [{"text": "hello"}], "a.b": "flat"}
    >>> [find_field(task_data, path) for path in ("ticket.body", "turns[0].text", "turns.0.text", "a.b", "a.c")]
    ['late', 'hello', 'hello', 'flat', None]
    """
    found: object = task_data.get(path)
    if found is not None or path in task_data:
        return found
    found = task_data
    for step in split_path(path):
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, Sequence) and not isinstance(found, str) and _is_index(step):
            found = found[int(step)] if int(step) < len(found) else None
        else:
            return None
    return found


def split_path(path: str) -> list[str]:
    """The steps of a path: names between dots, numbers in brackets.

    >>> split_path("turns[0].text"), split_path("text")
    (['turns', '0', 'text'], ['text'])
    """
    return [step for step in path.replace("[", ".").replace("]", ".").split(".") if step]


def _is_index(step: str) -> bool:
    return step.isascii() and step.isdecimal() and (step == "0" or not step.startswith("0"))


def _find_fault(raw: object) -> TextFault | None:
    """Why what stands in the field is no text that can be used."""
    if raw is None:
        return TextFault.MISSING
    if not isinstance(raw, str):
        return TextFault.NO_TEXT
    if len(raw) > LONGEST_TEXT:
        return TextFault.TOO_LONG
    if "\0" in raw:
        return TextFault.NUL
    return None if _is_utf8(raw) else TextFault.HALF_CHARACTER


def _is_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate: neither a database nor a tokenizer nor JSON in UTF-8 takes it
        return False
    return True
