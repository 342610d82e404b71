from __future__ import annotations

import json

import pytest

from mraru.records import Choice, LabelSchema
from mraru.teaching.answer import parse_answer, response_format


def test_the_answer_format_is_strict_and_lists_the_values_in_the_config_order(schema: LabelSchema) -> None:
    described = response_format(schema)["json_schema"]
    assert described["strict"] is True
    assert described["schema"] == {
        "type": "object",
        "properties": {"label": {"type": "string", "enum": ["Sport", "Business", "Küche & Kochen"]}},
        "required": ["label"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("named", "stored"),
    [("Sport", "sport-1"), ("sport-1", "sport-1"), ("Business", "Business"), ("Küche & Kochen", "Küche & Kochen")],
)
def test_a_value_or_an_alias_becomes_what_label_studio_stores(schema: LabelSchema, named: str, stored: str) -> None:
    parsed = parse_answer(schema, json.dumps({"label": named}))
    assert parsed.label == stored
    assert parsed.no_label_reason is None


def test_a_value_beats_the_alias_of_an_earlier_choice() -> None:
    schema = LabelSchema(
        from_name="c",
        to_name="t",
        text_field="text",
        choices=(Choice(value="A", alias="B"), Choice(value="B", alias="C")),
    )
    assert parse_answer(schema, '{"label": "B"}').label == "C"


@pytest.mark.parametrize("named", ["sport", "Sport ", "Sports", "SPORT", "Spor", "", "Kueche & Kochen"])
def test_a_near_label_is_no_label(schema: LabelSchema, named: str) -> None:
    parsed = parse_answer(schema, json.dumps({"label": named}))
    assert parsed.label is None
    assert "no label of this project" in str(parsed.no_label_reason)


@pytest.mark.parametrize(
    "raw",
    [
        "Sport",
        '{"label": "Spo',
        '"Sport"',
        '["Sport"]',
        '{"labels": "Sport"}',
        '{"label": 1}',
        '{"label": null}',
        '```json\n{"label": "Sport"}\n```',
    ],
)
def test_anything_but_the_agreed_json_is_no_label(schema: LabelSchema, raw: str) -> None:
    parsed = parse_answer(schema, raw)
    assert parsed.label is None
    assert "not JSON of the form" in str(parsed.no_label_reason)


@pytest.mark.parametrize("raw", [None, "", "  \n"])
def test_an_empty_answer_is_no_label(schema: LabelSchema, raw: str | None) -> None:
    assert parse_answer(schema, raw).no_label_reason == "the answer is empty"


def test_a_long_unknown_label_is_cut_in_the_reason(schema: LabelSchema) -> None:
    parsed = parse_answer(schema, json.dumps({"label": "x" * 5000}))
    assert len(str(parsed.no_label_reason)) < 200
