from __future__ import annotations

import json

import pytest

from mraru.schema_records import Choice, LabelSchema
from mraru.teachers.llm.answers.answer import match_label, parse_answer
from mraru.teachers.prompting.answer_format import response_format


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
        '{"label": null}',
        '{"label": ["Sport"]}',
        "The label is about Sport.",
        "It is not\nSport",
        "Either of:\nSport\nBusiness",
        "[" * 100_000,
        '{"label":' * 50_000,
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
        '```json\n{"label": "Sport"}',
        '\ufeff{"label": "Sport"}',
        "Sport</s>",
        '{"label": "Sport"}<|im_end|>',
        "Sport <|eot_id|>\n",
        "Sport<\uff5cend\u2581of\u2581sentence\uff5c>",
        "<s>[INST] Sport [/INST]</s>",
        "Label: Sport",
        "The label is: **Sport**.",
        "My final answer is Sport",
        "Sure, here is the label:\n\nSport\n",
        'Sure! Here is the JSON:\n```json\n{"label": "Sport"}\n```\nHope this helps!',
        'Here you go: {"label": "Sport"} Let me know if you need more.',
        '{"label": "Sport"}\n{"label": "Sport"}',
        '{"label": "Sport", "label": "Sport"}',
        '{"Label": "Sport"}',
    ],
)
def test_case_and_what_surrounds_a_label_do_not_count(schema: LabelSchema, raw: str) -> None:
    assert parse_answer(schema, raw).label == "sport-1"


@pytest.mark.parametrize(
    "thoughts",
    [
        "<think>Business? {}</think>",
        "Business? {}</think>",  # the template had opened it
        "<thinking>Business? {}</thinking>",
        "<thought>\nBusiness? {}\n</thought>\n",
        "<reasoning>Business? {}</reasoning>",
        "[THINK]Business? {}[/THINK]",
        "<|begin_of_thought|>Business? {}<|end_of_thought|>",
        "<|channel|>analysis<|message|>Business? {}<|end|><|start|>assistant<|channel|>final<|message|>",
        "<think>a</think>Business? {}</think>",
    ],
)
@pytest.mark.parametrize("said", ["Sport", '{"label": "Sport"}', '```json\n{"label": "Sport"}\n```</s>'])
def test_what_an_llm_thought_before_is_no_answer(schema: LabelSchema, thoughts: str, said: str) -> None:
    other = '{"label": "Business"}'
    assert parse_answer(schema, thoughts.replace("{}", other) + said).label == "sport-1"


def test_a_reason_may_speak_of_such_marks(schema: LabelSchema) -> None:
    parsed = parse_answer(schema, '{"label": "Sport", "reason": "It quotes </think> and <|end|>"}')
    assert (parsed.label, parsed.explanation) == ("sport-1", "It quotes </think> and <|end|>")


@pytest.mark.parametrize(
    "raw",
    [
        '<think>Sport or Business? {"label": "Sport"}',
        "[THINK]Sport",
        "<|channel|>analysis<|message|>Sport",
        "<think>Sport</think>",
        "Sport</think></s>",
    ],
)
def test_thoughts_without_an_answer_are_called_so(schema: LabelSchema, raw: str) -> None:
    assert parse_answer(schema, raw).no_label_reason == "the answer ends within the LLM's thoughts"


@pytest.mark.parametrize(
    "raw",
    [
        '{"label": "Sport", "label": "Business"}',
        '{"label": "Sport", "Label": "Business"}',
        '{"label": "Sport"} or {"label": "Business"}',
        '```json\n{"label": "Sport"}\n```\n```json\n{"label": "Business"}\n```',
    ],
)
def test_an_answer_that_names_two_labels_names_none(schema: LabelSchema, raw: str) -> None:
    parsed = parse_answer(schema, raw)
    assert (parsed.label, parsed.no_label_reason) == (None, "the answer names several labels")


@pytest.mark.parametrize(
    ("raw", "label", "explanation", "reason"),
    [
        ('{"label": "Sport", "reason": "half \\ud83d"}', "sport-1", "half ?", None),
        ('{"label": "half \\ud83d"}', None, None, 'the LLM named "half ?", which is no label of this project'),
    ],
)
def test_half_characters_keep_no_paid_answer_from_being_stored(
    schema: LabelSchema, raw: str, label: str | None, explanation: str | None, reason: str | None
) -> None:
    parsed = parse_answer(schema, raw)
    assert (parsed.label, parsed.explanation, parsed.no_label_reason) == (label, explanation, reason)


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
