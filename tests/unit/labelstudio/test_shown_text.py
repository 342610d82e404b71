"""What each tag shows of the values that may stand in its field; the browser tests see the editor itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.labelstudio.texts.javascript_values import NotShown
from mraru.labelstudio.texts.shown_text import show
from mraru.labelstudio.texts.task_text import read_task
from mraru.schema_records import ConfigSelection, TextSource, TextTag

CHAT = [{"author": "Ann", "text": "Hello"}, {"author": "Bob", "text": "Hi <b>Ann</b>"}]

SHOWN: list[tuple[TextTag, Any, str]] = [
    (TextTag.TEXT, "as <b>it</b> is ", "as <b>it</b> is "),
    (TextTag.TEXT, 5, "5"),
    (TextTag.TEXT, 5.50, "5.5"),
    (TextTag.TEXT, 0, "0"),
    (TextTag.TEXT, False, "false"),
    (TextTag.TEXT, ["one", 2, [3, None], True], "one,2,3,,true"),
    (TextTag.HYPERTEXT, "<p>one</p>two", "one\ntwo"),
    (TextTag.HYPERTEXT, 5, "5"),
    (TextTag.PARAGRAPHS, CHAT, "Ann: Hello\nBob: Hi <b>Ann</b>"),
    (TextTag.PARAGRAPHS, [{"author": "", "text": "Hello"}, {"text": "you"}], "Hello\nyou"),
    (TextTag.PARAGRAPHS, [{"author": 1, "text": 2.0}, {"author": "Ann", "text": ""}, {"text": True}], "1: 2"),
    (TextTag.LIST, [{"id": "a", "title": "T", "body": "B"}, {"id": 2, "html": "<p>H</p>x"}], "H\nx\n\nT\nB"),
    (TextTag.LIST, [{"id": "a", "title": "first"}, {"id": "b"}, {"id": "a", "title": "last"}], "last\n\nb"),
    (TextTag.LIST, [], ""),
    (
        TextTag.TABLE,
        {"name": "Ann", "Age": 40, "tags": ["a", 1.0], "ok": True, "no": None},
        'Age: 40\nname: Ann\nno: null\nok:\ntags: ["a",1]',
    ),
    (TextTag.TABLE, [{"b": 1, "a": "x"}, {"a": "y", "c": None}], "b: 1\na: x\n\na: y\nc:"),
    (TextTag.TABLE, ["red", 2, {"a": 1}, None], '0: red\n1: 2\n2: {"a":1}\n3: null'),
    (TextTag.TABLE, '{"a": 1}', "a: 1"),
    (TextTag.TABLE, {"ä": 1, "b": 2, "a": 3, "_x": 4, "1": 5}, "_x: 4\n1: 5\na: 3\nä: 1\nb: 2"),
    (TextTag.TABLE, [{"a": {"b": 1}, "c": [1, 2]}], "a:\nc: 12"),
    (TextTag.TABLE, [], ""),
    (TextTag.TEXT, 12345678901234567890, "12345678901234567890"),
    (TextTag.TEXT, 0.00001, "0.00001"),
]

NOT_SHOWN: list[tuple[TextTag, Any]] = [
    (TextTag.TEXT, {"a": 1}),
    (TextTag.TEXT, [["deep", {"a": 1}]]),
    (TextTag.PARAGRAPHS, "Ann: Hello"),
    (TextTag.PARAGRAPHS, ["Hello", "Hi"]),
    (TextTag.PARAGRAPHS, []),
    (TextTag.PARAGRAPHS, [{"author": "Ann"}]),
    (TextTag.PARAGRAPHS, [{"author": "Ann", "text": {"de": "Hallo"}}]),
    (TextTag.PARAGRAPHS, {"author": "Ann", "text": "Hello"}),
    (TextTag.LIST, ["one", "two"]),
    (TextTag.LIST, "one"),
    (TextTag.LIST, {"id": 1}),
    (TextTag.TABLE, "plain words"),
    (TextTag.TABLE, "NaN"),
    (TextTag.TABLE, 5),
    (TextTag.TABLE, [{"a": [{"b": 1}]}]),
]


def source_of(tag: TextTag) -> TextSource:
    return TextSource(name="t", field="t", tag=tag)


@pytest.mark.parametrize(("tag", "value", "text"), SHOWN)
def test_a_tag_shows_what_people_read_of_a_value(tag: TextTag, value: Any, text: str) -> None:
    assert show(value, source_of(tag)) == text


@pytest.mark.parametrize(("tag", "value"), NOT_SHOWN)
def test_what_the_editor_does_not_show_is_no_text(tag: TextTag, value: Any) -> None:
    with pytest.raises(NotShown):
        show(value, source_of(tag))


def test_other_keys_of_a_dialogue_are_read_where_the_label_config_names_them() -> None:
    schema = parse_label_config(
        '<View><Paragraphs name="t" value="$chat" nameKey="who" textKey="said"/>'
        '<Choices name="c" toName="t"><Choice value="A"/><Choice value="B"/></Choices></View>'
    )
    assert read_task(7, {"chat": [{"who": "Ann", "said": "Hello"}]}, schema).text == "Ann: Hello"


def test_phrases_that_scroll_with_a_recording_are_read_by_when_they_start() -> None:
    chat = [("third", 9), ("last", 0), ("second", 5), ("first", 1), ("without", None)]
    value = [{"author": "", "text": text, "start": start} for text, start in chat]
    source = TextSource(name="t", field="t", tag=TextTag.PARAGRAPHS, is_by_time=True)
    assert show(value, source) == "first\nsecond\nthird\nlast\nwithout"


def test_a_value_that_is_nested_without_end_is_no_text() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for tag in (TextTag.TEXT, TextTag.TABLE):
        with pytest.raises(NotShown):
            show(deep, source_of(tag))


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["author", "text", "id", "title", "body", "html", "1", "", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(list(TextTag)), any_json)
def test_whatever_stands_in_the_field_is_a_text_or_a_fault(tag: TextTag, value: object) -> None:
    schema = parse_label_config(
        f'<View><{tag} name="t" value="$t"/><Text name="u" value="$u"/><Ranker name="r" toName="t"/>'
        '<Choices name="c" toName="t"><Choice value="A"/><Choice value="B"/></Choices></View>',
        ConfigSelection(texts=("u",)),
    )
    for task_data in ({"t": value, "u": value}, {"$undefined$": value}, {"t": "x", "u": value}):
        task = read_task(7, task_data, schema)
        assert bool(task.text.strip()) == (task.fault is None)
        assert task.text.encode("utf-8") is not None  # or it raises
