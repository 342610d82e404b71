"""Definitions of labels as a team writes them: each must be of a label that the project has."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from mraru.errors import DefinitionsInvalid
from mraru.schema_records import LabelSchema

EXAMPLE = "Sport: Games, matches and athletes"


def find_label(schema: LabelSchema, named: str) -> str:
    """The label as stored that a value or an alias names, letter by letter.

    Raises:
        DefinitionsInvalid: the project has no such label; lists those that it has.

    >>> from mraru.schema_records import Choice, LabelSchema
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="text",
    ...                      choices=(Choice(value="Sport", alias="s"), Choice(value="Tech")))
    >>> find_label(schema, "Sport"), find_label(schema, "s"), find_label(schema, "Tech")
    ('s', 's', 'Tech')
    """
    for choice in schema.choices:
        if named == choice.value:
            return choice.stored
    for choice in schema.choices:
        if named == choice.alias:
            return choice.stored
    known = ", ".join(f"'{choice.value}'" for choice in schema.choices)
    raise DefinitionsInvalid(f"'{named}' is no label of this project. Its labels are {known}.")


def parse_definitions(written: str, schema: LabelSchema) -> dict[str, str]:
    """Read `label: definition` lines of YAML; an empty definition is kept as such and means "remove it".

    Raises:
        DefinitionsInvalid: it is no such YAML, or names a label that the project does not have.

    >>> from mraru.schema_records import Choice, LabelSchema
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="text",
    ...                      choices=(Choice(value="yes"), Choice(value="no")))
    >>> parse_definitions("yes: says so\\nno:", schema)
    {'yes': 'says so', 'no': ''}
    """
    try:
        # Makes nothing but strings, lists and mappings: `no` and `1.0` stay the labels that they are.
        read = yaml.load(written, Loader=yaml.BaseLoader)  # the base loader makes no objects  # nosec B506
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        raise DefinitionsInvalid(f"The file is not YAML that can be read: {_first_line(exc)}") from exc
    if not isinstance(read, Mapping):
        raise DefinitionsInvalid(f"The file must hold one line for each label, such as: {EXAMPLE}")
    definitions: dict[str, str] = {}
    for named, definition in read.items():
        label = find_label(schema, str(named))
        if not isinstance(definition, str):
            raise DefinitionsInvalid(f"The definition of '{named}' must be a text, such as: {EXAMPLE}")
        if label in definitions:
            raise DefinitionsInvalid(f"The file defines '{named}' twice, once by its value and once by its alias.")
        definitions[label] = definition
    return definitions


def _first_line(exc: BaseException) -> str:
    mark = getattr(exc, "problem_mark", None)
    where = f" (line {mark.line + 1})" if mark is not None else ""
    return f"{getattr(exc, 'problem', None) or type(exc).__name__}{where}"
