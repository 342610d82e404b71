from __future__ import annotations

import pytest

from mraru.errors import DefinitionsInvalid
from mraru.schema_records import Choice, LabelSchema
from mraru.teachers.prompting.definition_words import parse_definitions


def test_definitions_are_found_by_value_and_by_alias(schema: LabelSchema) -> None:
    written = "Sport: Games\nBusiness: |\n  Money.\n  Shares.\nKüche & Kochen: ''\n"
    assert parse_definitions(written, schema) == {
        "sport-1": "Games",
        "Business": "Money.\nShares.\n",
        "Küche & Kochen": "",
    }
    assert parse_definitions("sport-1: Games", schema) == {"sport-1": "Games"}


def test_labels_that_yaml_takes_for_something_else_stay_labels() -> None:
    names = ("no", "1.0", "null", "2026-01-01")
    schema = LabelSchema(
        from_name="c", to_name="t", text_field="text", choices=tuple(Choice(value=name) for name in names)
    )
    written = "\n".join(f"{name}: yes" for name in names)
    assert parse_definitions(written, schema) == dict.fromkeys(names, "yes")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Sprot: Games", "'Sprot' is no label .* 'Sport', 'Business', 'Küche & Kochen'"),
        ("Sport: [a, b]", "'Sport' must be a text"),
        ("- Sport", "one line for each label"),
        ("", "one line for each label"),
        ("Sport: 'x", "not YAML"),
        ("Sport: a\nsport-1: b", "twice"),
        ("!!python/object/apply:os.system [ls]: x", "is no label|not YAML"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(schema: LabelSchema, written: str, said: str) -> None:
    with pytest.raises(DefinitionsInvalid, match=said):
        parse_definitions(written, schema)
