from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mraru.labelstudio.texts.task_text import LONGEST_TEXT, find_field, find_own_section, read_task, read_text
from mraru.records import TextFault
from mraru.schema_records import LabelSchema, TextSource, TextTag


def schema_of(field: str, tag: TextTag = TextTag.TEXT) -> LabelSchema:
    source = TextSource(name="text", field=field, tag=tag)
    return LabelSchema(from_name="label", to_name="text", text_field=field, choices=(), sources=(source,))


# What `get` of es-toolkit 1.39, which Label Studio's editor calls, gives for the same; None where it is undefined.
FOUND_BY_EDITOR: list[tuple[dict[str, object], str, object]] = [
    ({"ticket": {"body": "late"}}, "ticket.body", "late"),
    ({"turns": [{"text": "hello"}]}, "turns[0].text", "hello"),
    ({"turns": [{"text": "hello"}]}, "turns.0.text", "hello"),
    ({"turns": [["a", "b"]]}, "turns[0][1]", "b"),
    ({"ticket.body": "flat", "ticket": {"body": "nested"}}, "ticket.body", "flat"),
    ({"ticket.body": None, "ticket": {"body": "nested"}}, "ticket.body", None),
    ({"ticket": {"0": "zero"}}, "ticket[0]", "zero"),
    ({"ticket": {"body": "late"}}, "ticket.body.", "late"),
    ({"turns": [{"text": "hello"}]}, "turns[1].text", None),
    ({"turns": [{"text": "hello"}]}, "turns[00].text", None),
    ({"turns": [{"text": "hello"}]}, "turns.first.text", None),
    ({"ticket": "late"}, "ticket.body", None),
    ({}, "ticket.body", None),
]


@pytest.mark.parametrize(("task_data", "path", "found"), FOUND_BY_EDITOR)
def test_a_path_leads_where_the_editor_finds_it(task_data: dict[str, object], path: str, found: object) -> None:
    assert find_field(task_data, path) == found


def test_nested_texts_are_read_plain_and_from_html() -> None:
    assert read_text({"ticket": {"body": "late"}}, schema_of("ticket.body")) == "late"
    assert (
        read_text({"turns": [{"text": "<p>one</p>two"}]}, schema_of("turns[0].text", TextTag.HYPERTEXT)) == "one\ntwo"
    )


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ('{"other": "x"}', TextFault.MISSING),
        ('{"body": null}', TextFault.MISSING),
        ('{"body": {"a": 3}}', TextFault.NO_TEXT),
        ('{"body": ["a", {}]}', TextFault.NO_TEXT),
        ('{"body": ""}', TextFault.EMPTY),
        ('{"body": []}', TextFault.EMPTY),
        ('{"body": [""]}', TextFault.EMPTY),
        ('{"body": " \\n"}', TextFault.EMPTY),
        ('{"body": "half an emoji \\ud83d here"}', TextFault.HALF_CHARACTER),
        ('{"body": "the other half \\ude00"}', TextFault.HALF_CHARACTER),
        ('{"body": "a\\u0000b"}', TextFault.NUL),
    ],
)
def test_a_text_that_cannot_be_used_is_left_out_with_the_reason(raw: str, fault: TextFault) -> None:
    task = read_task(7, json.loads(raw), schema_of("body"))
    assert (task.task_id, task.text, task.fault) == (7, "", fault)


@pytest.mark.parametrize(
    "raw", ['"a whole emoji \\ud83d\\ude00"', '"\\u001b[2J and \\u00a0"', '"\\ufffd"', '"Ünïcode"']
)
def test_other_strange_characters_are_taken_as_they_are(raw: str) -> None:
    task = read_task(7, {"body": json.loads(raw)}, schema_of("body"))
    assert (task.text, task.fault) == (json.loads(raw), None)
    task.text.encode()


def test_a_text_of_a_million_characters_is_taken_and_a_longer_one_is_not() -> None:
    assert read_task(7, {"body": "x" * LONGEST_TEXT}, schema_of("body")).fault is None
    longer = read_task(7, {"body": "x" * (LONGEST_TEXT + 1)}, schema_of("body", TextTag.HYPERTEXT))
    assert (longer.text, longer.fault) == ("", TextFault.TOO_LONG)
    assert f"{LONGEST_TEXT:,}" in TextFault.TOO_LONG


def test_html_without_any_text_is_empty() -> None:
    assert read_task(7, {"body": "<p> </p>"}, schema_of("body", TextTag.HYPERTEXT)).fault is TextFault.EMPTY


@pytest.mark.parametrize("html", ["<![x[a]]>one", "<![foo bar]>one", "<![if gte mso 9]>one<![endif]>", "one<![x"])
def test_marked_sections_of_office_programs_are_skipped(html: str) -> None:
    assert "one" in read_text({"body": html}, schema_of("body", TextTag.HYPERTEXT))


def several(own: str = "answer", names: tuple[str, ...] = ("question", "answer", "source")) -> LabelSchema:
    sources = tuple(TextSource(name=name, field=name) for name in names)
    return LabelSchema(from_name="label", to_name=own, text_field=own, choices=(), sources=sources)


def test_several_texts_are_sections_under_their_names_in_their_order() -> None:
    task = {"source": "a book", "answer": "Yes.\nSure.", "question": "Is it?"}
    assert read_text(task, several()) == "question:\nIs it?\n\nanswer:\nYes.\nSure.\n\nsource:\na book"
    assert read_text(task, several(names=("answer",))) == "Yes.\nSure."


def test_of_several_texts_only_the_control_s_own_must_be_there() -> None:
    assert read_text({"answer": "Yes.", "source": ""}, several()) == "answer:\nYes."
    assert read_task(7, {"question": "Is it?", "answer": " "}, several()).fault is TextFault.EMPTY
    assert read_task(7, {"question": "Is it?"}, several()).fault is TextFault.MISSING


def test_a_broken_text_among_several_leaves_the_task_out() -> None:
    assert read_task(7, {"question": "a\0b", "answer": "Yes."}, several()).fault is TextFault.NUL
    halves = {"question": "x" * (LONGEST_TEXT // 2), "answer": "y" * (LONGEST_TEXT // 2)}
    assert read_task(7, halves, several()).fault is TextFault.TOO_LONG


def test_what_a_text_file_was_uploaded_with_is_read_where_label_studio_shows_it() -> None:
    uploaded = replace(schema_of("body"), upload_field="body")
    assert read_text({"$undefined$": "one line"}, uploaded) == "one line"
    assert read_text({"$undefined$": "one line", "body": "another"}, uploaded) == "one line"
    assert read_text({"body": "another"}, uploaded) == "another"
    nested = replace(schema_of("ticket.body"), upload_field="ticket.body")
    assert read_text({"$undefined$": "one line"}, nested) == "one line"
    elsewhere = replace(schema_of("body"), upload_field="title")
    assert read_task(7, {"$undefined$": "one line"}, elsewhere).fault is TextFault.MISSING
    given = {"$undefined$": "one line"}
    read_text(given, uploaded)
    assert given == {"$undefined$": "one line"}


def test_the_part_that_the_question_is_about_is_found_again_in_what_was_read() -> None:
    task = {"question": "Is it?\n\nnote:\nyes", "answer": "No.\n\nwhy: who knows", "source": "a book"}
    for names in (("question", "answer", "source"), ("answer", "question"), ("source", "question", "answer")):
        schema = several(names=names)
        assert find_own_section(read_text(task, schema), schema) == task["answer"]
    assert find_own_section("as it is", schema_of("body")) == "as it is"
