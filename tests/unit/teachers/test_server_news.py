"""What a model's server is found to do is told once, not with each answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fakes.openai_faults import OddAnswer
from fakes.openai_server import OpenAIServer
from fakes.stores import open_store
from mraru.records import ServerCapabilities
from mraru.store.teachers.known_capabilities import MOST_NAMES
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.servers.server_news import is_same_model

MakeTeacher = Callable[..., OpenAITeacher]
AT_INFO = "mraru.teachers.servers.server_news"


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [vars(record)["event"] for record in caplog.records if record.name == AT_INFO]


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("./models/gpt-4.1-mini.gguf", "teacher_model_name"),
        ("gpt-4.1-mini-2025-04-14", "teacher_model_name"),
        ("gpt-4.1", "teacher_other_model"),
        ("llama-3", "teacher_other_model"),
    ],
)
def test_another_name_is_told_once_over_texts_threads_projects_and_restarts(
    server: OpenAIServer,
    make_teacher: MakeTeacher,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
    event: str,
) -> None:
    caplog.set_level("INFO", AT_INFO)
    server.queue(*[OddAnswer(model=name)] * 12)
    for _ in range(2):  # as after a restart
        store = open_store(tmp_path / "mraru.sqlite3")
        for teacher in (make_teacher(capabilities=store.capabilities) for _ in range(2)):
            with ThreadPoolExecutor(3) as threads:
                answers = list(threads.map(teacher.label, ("one", "two", "three")))
            assert {json.loads(str(answer.parameters))["answered_by"] for answer in answers} == {name}
        store.close()
    assert events(caplog) == [event]


def test_each_other_name_is_told(
    server: OpenAIServer, make_teacher: MakeTeacher, caplog: pytest.LogCaptureFixture
) -> None:
    server.queue(*(OddAnswer(model=name) for name in ("llama-3", "llama-4", "llama-3")))
    teacher = make_teacher()
    for text in ("one", "two", "three"):
        teacher.label(text)
    assert [record.getMessage().split(" answered")[0] for record in caplog.records] == [
        "gpt-4.1-mini was asked and llama-3",
        "gpt-4.1-mini was asked and llama-4",
    ]


def test_names_and_refusals_of_a_server_are_kept_beside_each_other(tmp_path: Path) -> None:
    store = open_store(tmp_path / "mraru.sqlite3")
    known = store.capabilities
    assert known.note_name("s", "m", "one")
    known.save("s", "m", ServerCapabilities(refused=("n",), found_at=5.0))
    assert not known.note_name("s", "m", "one")
    assert known.note_name("s", "other", "one")
    assert known.load("s", "m") == ServerCapabilities(refused=("n",), found_at=5.0)
    assert known.note_name("s", "m", "two")
    assert known.load("s", "m") == ServerCapabilities(refused=("n",), found_at=5.0)
    store.close()


def test_a_server_with_a_new_name_for_each_answer_ends_up_untold(tmp_path: Path) -> None:
    store = open_store(tmp_path / "mraru.sqlite3")
    noted = [store.capabilities.note_name("s", "m", f"name {number}") for number in range(MOST_NAMES + 2)]
    store.close()
    assert noted == [True] * MOST_NAMES + [False] * 2


def test_beyond_its_limit_is_told_once(
    server: OpenAIServer, make_teacher: MakeTeacher, caplog: pytest.LogCaptureFixture
) -> None:
    server.queue(OddAnswer(completion_tokens=100_000), OddAnswer(completion_tokens=200_000))
    teacher = make_teacher()
    assert teacher.label("one").cost_usd < teacher.label("two").cost_usd
    assert events(caplog) == ["teacher_limit_ignored"]


@pytest.mark.parametrize(
    ("asked", "answered", "is_same"),
    [
        ("qwen2.5-7b", "./models/qwen2.5-7b.gguf", True),
        ("qwen2.5-7b", "C:\\models\\Qwen2.5-7B-Q4_K_M.gguf", True),
        ("Qwen/Qwen2.5-7B", "qwen2.5-7b", True),
        ("gpt-4o", "gpt-4o-2024-08-06", True),
        ("gpt-4o-2024-08-06", "gpt-4o", True),
        ("mistral-small-latest", "mistral-small-2506", False),  # not known to be the same
        ("gpt-4o", "gpt-4o-mini", False),
        ("gpt-4", "gpt-4o", False),
        ("gpt-4.1", "gpt-4", False),
        ("claude-sonnet-4", "claude-sonnet-4-5", False),
    ],
)
def test_a_file_or_a_dated_snapshot_is_the_same_model(asked: str, answered: str, is_same: bool) -> None:
    assert is_same_model(asked, answered) is is_same
