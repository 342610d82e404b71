"""The text of a task, found as Label Studio's editor finds it; one that would break what reads it is left out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple

from mraru.labelstudio.texts.file_content import read_value
from mraru.labelstudio.texts.javascript_values import NotShown
from mraru.labelstudio.texts.shown_text import show
from mraru.labelstudio.texts.text_addresses import find_address
from mraru.records import TaskText, TextFault, hash_text
from mraru.schema_records import LabelSchema, TextSource

UPLOADED = "$undefined$"  # the field of an uploaded .txt file, as Label Studio calls it until it is shown
LONGEST_TEXT = 1_000_000  # characters; a longer one is no text that somebody labels, and slows everything down
WAY_OF_READING = 1  # another number, and files are fetched anew

Files = Mapping[str, str | TextFault]  # by address (see `find_address`): what each holds, or why that is not known
NO_FILES: Files = {}


def read_task(
    task_id: int,
    task_data: Mapping[str, object],
    schema: LabelSchema,
    overlap: int | None = None,
    files: Files = NO_FILES,
) -> TaskText:
    """A task reduced to its text, which is empty where it has a fault.

    Args:
        files: what was fetched; a text in another file is NOT_FETCHED.

    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="body", choices=())
    >>> read_task(7, {"body": "half an emoji \\ud83d"}, schema).fault
    <TextFault.HALF_CHARACTER: 'half of a character, such as an emoji that was cut in two'>
    """
    task_data = _with_upload(task_data, schema)
    read = {source.name: _read_source(task_data, source, files) for source in schema.texts}
    faults = [fault for name, (_, fault) in read.items() if fault and (fault.is_broken or name == schema.to_name)]
    faults.sort(key=lambda fault: fault is TextFault.NOT_FETCHED)  # no file is fetched where another text is unfit
    fault = faults[0] if faults else None
    text = "" if fault else _join({name: text for name, (text, _) in read.items()})
    if len(text) > LONGEST_TEXT:
        text, fault = "", TextFault.TOO_LONG
    return TaskText(
        task_id=task_id,
        text=text,
        overlap=1 if overlap is None else overlap,
        fault=fault,
        source_hash=_hash_source(task_data, schema) if schema.has_addresses else None,
    )


def list_addresses(task_data: Mapping[str, object], schema: LabelSchema) -> list[str]:
    """The addresses of a task's files, as `find_address` has them.

    >>> source = TextSource(name="t", field="file", is_address=True)
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="file", choices=(), sources=(source,))
    >>> list_addresses({"file": "http://localhost:8080/data/upload/3/ab12-a.txt"}, schema)
    ['/data/upload/3/ab12-a.txt']
    """
    task_data = _with_upload(task_data, schema)
    found = (find_address(find_field(task_data, source.field)) for source in schema.texts if source.is_address)
    return [address for address in found if not isinstance(address, TextFault)]


def read_text(task_data: Mapping[str, object], schema: LabelSchema) -> str:
    """The plain text of a task; HTML is reduced to its text, anything that is no usable text to "".

    >>> asked, said = (TextSource(name=name, field=name) for name in ("asked", "said"))
    >>> schema = LabelSchema(from_name="c", to_name="said", text_field="said", choices=(), sources=(asked, said))
    >>> read_text({"asked": "Why?", "said": "I wonder."}, schema)
    'asked:\\nWhy?\\n\\nsaid:\\nI wonder.'
    """
    return read_task(0, task_data, schema).text


def _with_upload(task_data: Mapping[str, object], schema: LabelSchema) -> Mapping[str, object]:
    """A task's data with an uploaded file where the editor shows it."""
    if UPLOADED not in task_data or schema.upload_field is None:
        return task_data
    return {**task_data, schema.upload_field: task_data[UPLOADED]}


def _hash_source(task_data: Mapping[str, object], schema: LabelSchema) -> str:
    """Names what a task's text is made of: the addresses of its files, what stands beside them, and how it is read."""
    made_of = []
    for source in schema.texts:
        value = find_field(task_data, source.field)
        made_of.append([*astuple(source), find_address(value) if source.is_address else value])
    return hash_text(json.dumps([WAY_OF_READING, schema.to_name, made_of], default=str))


def _read_source(task_data: Mapping[str, object], source: TextSource, files: Files) -> tuple[str, TextFault | None]:
    """What one tag shows of a task; "" where there is a fault."""
    raw = find_field(task_data, source.field)
    if raw is None:
        return "", TextFault.MISSING
    if source.is_address:
        address = find_address(raw)
        raw = address if isinstance(address, TextFault) else files.get(address, TextFault.NOT_FETCHED)
        if isinstance(raw, TextFault):
            return "", raw
    if isinstance(raw, str) and len(raw) > LONGEST_TEXT:
        return "", TextFault.TOO_LONG
    try:
        text = show(read_value(raw, source.tag) if source.is_address and isinstance(raw, str) else raw, source)
    except NotShown:
        return "", TextFault.NO_TEXT
    fault = _find_fault(text)
    return ("", fault) if fault is not None else (text, None)


def _join(texts: Mapping[str, str]) -> str:
    """One text as it is; several under their names, those left out that are empty."""
    if len(texts) == 1:
        return next(iter(texts.values()))
    return "\n\n".join(f"{name}:\n{text}" for name, text in texts.items() if text)


def find_own_section(text: str, schema: LabelSchema) -> str:
    """Of a text that was read, the part that the question is about.

    >>> asked, said = (TextSource(name=name, field=name) for name in ("asked", "said"))
    >>> schema = LabelSchema(from_name="c", to_name="said", text_field="said", choices=(), sources=(asked, said))
    >>> find_own_section("asked:\\nWhy?\\n\\nsaid:\\nI wonder.", schema)
    'I wonder.'
    """
    if len(schema.texts) == 1:
        return text
    names = "|".join(re.escape(source.name) for source in schema.texts)
    own = re.search(rf"(?:\A|\n\n){re.escape(schema.to_name)}:\n(.*?)(?=\n\n(?:{names}):\n|\Z)", text, re.DOTALL)
    return own.group(1) if own is not None else text


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


def _find_fault(text: str) -> TextFault | None:
    """Why a text that is shown cannot be used."""
    if len(text) > LONGEST_TEXT:
        return TextFault.TOO_LONG
    if "\0" in text:
        return TextFault.NUL
    if not _is_utf8(text):
        return TextFault.HALF_CHARACTER
    return None if text.strip() else TextFault.EMPTY


def _is_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate: neither a database nor a tokenizer nor JSON in UTF-8 takes it
        return False
    return True
