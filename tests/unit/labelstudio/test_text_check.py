from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from mraru.labelstudio.texts.task_text import read_task
from mraru.labelstudio.texts.text_check import TextCheck, check_tasks, is_address
from mraru.records import TaskText
from mraru.schema_records import LabelSchema

SCHEMA = LabelSchema(from_name="label", to_name="text", text_field="text", choices=())


def tasks_of(texts: Sequence[object]) -> list[TaskText]:
    return [read_task(number, {"text": text}, SCHEMA) for number, text in enumerate(texts, start=1)]


def check(texts: Sequence[object], fields: Sequence[str] = ("text",)) -> TextCheck:
    return check_tasks(tasks_of(texts), SCHEMA, fields, is_cut=lambda text: len(text) > 1000)


@pytest.mark.parametrize(
    "text",
    [
        "s3://team-bucket/reviews/0.txt",
        "s3://team-bucket/a review of mine.txt",
        "gs://bucket/object",
        "azure-blob://container/blob.txt",
        "https://bucket.example/path/train_0.csv?X-Sig=abc0",
        " http://localhost:8080/data/local-files/?d=texts/1.txt \n",
        "/data/upload/3/1a2b3c4d-notes.txt",
        "data/upload/3/1a2b3c4d-notes.txt",
        "/label-studio/data/upload/3/notes of May.txt",
        "/data/local-files/?d=texts/first one.txt",
        "/tasks/12/resolve/?fileuri=czM6Ly9idWNrZXQvYS50eHQ=",
        "/storage-data/uploaded/?filepath=upload/1/a.txt",
        "data:text/plain;base64,SGVsbG8=",
        "C:\\texts\\1.txt",
        "/home/ann/texts/1.txt",
        "./texts/1.txt",
        "file:///srv/texts/1.txt",
    ],
)
def test_what_says_only_where_a_text_is_is_an_address(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "The parcel is late",
        "See https://example.com/help for more",
        "https://example.com is down again, please help",
        "s3://bucket/a.txt\ncannot be opened",
        "/data",
        "and/or",
        "/help me with this",
        "N/A",
        "",
        "C: drive is full",
        "1/2 cup of sugar.",
    ],
)
def test_what_somebody_wrote_is_none(text: str) -> None:
    assert not is_address(text)


def test_most_texts_must_be_texts() -> None:
    addresses = [f"s3://bucket/{n}.txt" for n in range(11)]
    assert check([*addresses[:10], *["a parcel"] * 10]).refusal is None
    refusal = check([*addresses, *["a parcel"] * 10]).refusal
    assert refusal is not None
    assert refusal.startswith(
        "11 of the 21 texts looked at are addresses, such as s3://bucket/0.txt, s3://bucket/1.txt"
    )


def test_a_project_without_tasks_is_not_refused() -> None:
    assert check([]) == TextCheck(refusal=None)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("null", "but no such field. The data of a task has 'id', 'body'."),
        ("{}", "not show as a text. <Text> shows a text, a number or a list of them. The data"),
        ('" "', "but an empty text."),
        ('"a\\u0000"', "but a NUL character."),
    ],
)
def test_tasks_of_which_none_has_a_text_are_refused_with_what_is_there(raw: str, said: str) -> None:
    refusal = check([json.loads(raw)] * 3, fields=("id", "body")).refusal
    assert refusal is not None
    assert refusal.startswith("None of the 3 tasks looked at has a text in 'text' that can be used, ")
    assert said in refusal


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([f"text {n}" for n in range(20)], []),
        ([*[f"text {n}" for n in range(18)], "", ""], []),
        ([*[f"text {n}" for n in range(17)], "", None, {}], ["3 of the 20 tasks looked at have no text"]),
        (["the same"] * 5, ["The 5 texts looked at are all the same"]),
        (["alone"], []),
        (["word " * 300, "short"], ["1 of the 2 texts looked at is longer than what an LLM is shown"]),
    ],
)
def test_what_may_be_meant_is_said_in_a_sentence(texts: Sequence[object], said: list[str]) -> None:
    checked = check(texts)
    assert checked.refusal is None
    assert len(checked.warnings) == len(said)
    assert all(warning.startswith(start) for warning, start in zip(checked.warnings, said, strict=True))
