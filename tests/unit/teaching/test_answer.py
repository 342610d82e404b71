from __future__ import annotations

import json

import pytest

from mraru.records import Choice, LabelSchema
from mraru.teaching.answer import match_label, parse_answer, response_format


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


@pytest.mark.parametrize(
    "named",
    ["Sports", "Spor", "", "Kueche & Kochen", "Sport or Business", "Label: Sport", "Sport?", "Sport-2", "no Sport"],
)
def test_a_near_label_is_no_label(schema: LabelSchema, named: str) -> None:
    parsed = parse_answer(schema, json.dumps({"label": named}))
    assert parsed.label is None
    assert "no label of this project" in str(parsed.no_label_reason)


@pytest.mark.parametrize(
    "raw",
    [
        "The text is about Sport.",
        '{"label": "Spo',
        '["Sport", "Business"]',
        '{"labels": "Sport"}',
        '{"label": 1}',
        '{"label": null}',
        '```json\n{"label": "Sport"}',
    ],
)
def test_anything_but_the_agreed_json_or_a_bare_label_is_no_label(schema: LabelSchema, raw: str) -> None:
    parsed = parse_answer(schema, raw)
    assert parsed.label is None
    assert "neither JSON of the form" in str(parsed.no_label_reason)


@pytest.mark.parametrize("raw", [None, "", "  \n"])
def test_an_empty_answer_is_no_label(schema: LabelSchema, raw: str | None) -> None:
    assert parse_answer(schema, raw).no_label_reason == "the answer is empty"


def test_a_long_unknown_label_is_cut_in_the_reason(schema: LabelSchema) -> None:
    parsed = parse_answer(schema, json.dumps({"label": "x" * 5000}))
    assert len(str(parsed.no_label_reason)) < 200


@pytest.mark.parametrize(
    "raw",
    [
        "Sport",
        " sport.\n",
        '"Sport"',
        "**SPORT**",
        "`sport-1`",
        "(Sport)!",
        "“Sport”",
        '["Sport"]',
        '```json\n{"label": "Sport"}\n```',
        '<think>It says {"label": "Business"}.</think>\n{"label": "Sport"}',
        '{"label": "sport "}',
    ],
)
def test_case_and_what_surrounds_a_label_do_not_count(schema: LabelSchema, raw: str) -> None:
    assert parse_answer(schema, raw).label == "sport-1"


def make_schema(*values: str) -> LabelSchema:
    choices = tuple(Choice(value=value) for value in values)
    return LabelSchema(from_name="c", to_name="t", text_field="text", choices=choices)


@pytest.mark.parametrize(("named", "label"), [("IT", "IT"), ("it", "it"), ("It", None)])
def test_labels_that_differ_by_case_alone_are_told_apart_by_it(named: str, label: str | None) -> None:
    assert match_label(make_schema("IT", "it"), named) == label


@pytest.mark.parametrize(
    ("named", "label"), [("C#", None), ("C.", "C"), ("C++", "C++"), ("C++.", "C++"), ("A*", None), ("U.S.", "U.S.")]
)
def test_marks_that_belong_to_a_name_are_not_taken_off(named: str, label: str | None) -> None:
    assert match_label(make_schema("C", "C++", "A", "U.S."), named) == label


def test_the_reason_follows_the_label_and_is_kept_in_one_line(schema: LabelSchema) -> None:
    described = response_format(schema, with_reason=True)["json_schema"]["schema"]
    assert described["required"] == ["label", "reason"]
    parsed = parse_answer(schema, '{"label": "Sport", "reason": "It names\\na match."}')
    assert (parsed.label, parsed.explanation) == ("sport-1", "It names a match.")


def test_a_very_long_reason_is_cut(schema: LabelSchema) -> None:
    explanation = parse_answer(schema, json.dumps({"label": "Sport", "reason": "so " * 5000})).explanation
    assert explanation is not None
    assert len(explanation) < 510
