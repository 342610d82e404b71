from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fakes.clocks import HandClock
from fakes.openai_faults import OddAnswer, Refusal
from fakes.openai_server import OpenAIServer
from fakes.stores import open_store
from mraru.errors import TeacherMisconfigured
from mraru.store.store import Store
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.servers.server_capabilities import KEPT_S, AnswerFormat

MakeTeacher = Callable[..., OpenAITeacher]
FORMATS = ["json_schema", "tool", "json_object", "text"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "mraru.sqlite3")
    yield opened
    opened.close()


def formats_asked(server: OpenAIServer) -> list[str]:
    return [request.answer_format for request in server.requests]


@pytest.mark.parametrize("n_refused", range(4))
def test_the_best_format_that_the_server_takes_is_found_and_kept(
    server: OpenAIServer, make_teacher: MakeTeacher, n_refused: int
) -> None:
    server.unwelcome_formats = set(FORMATS[:n_refused])
    teacher = make_teacher()
    answers = [teacher.label("one"), teacher.label("two")]
    assert [answer.label for answer in answers] == ["Business", "Business"]
    assert formats_asked(server) == [*FORMATS[: n_refused + 1], FORMATS[n_refused]]
    assert json.loads(str(answers[0].parameters))["answer_format"] == FORMATS[n_refused]
    assert server.texts_answered_twice == []


def test_a_tool_call_is_forced_and_has_the_labels_as_an_enum(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    answer = make_teacher(answer_format=AnswerFormat.TOOL).label("text")
    body = server.requests[0].body
    function = body["tools"][0]["function"]
    assert body["tool_choice"]["function"]["name"] == function["name"]
    assert function["parameters"]["properties"]["label"]["enum"] == ["Sport", "Business", "Küche & Kochen"]
    assert answer.raw == '{"label": "Business"}'


@pytest.mark.parametrize("answer_format", list(AnswerFormat))
def test_prose_in_place_of_the_format_is_read_by_the_same_exact_rule(
    server: OpenAIServer, make_teacher: MakeTeacher, answer_format: AnswerFormat
) -> None:
    server.queue(OddAnswer(content=" business."))
    assert make_teacher(answer_format=answer_format).label("text").label == "Business"
    assert server.n_requests == 1


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(status=400, message="This response_format type is unavailable now"),
        Refusal(status=422, message='[{"type": "extra_forbidden", "loc": ["body", "response_format"]}]'),
        Refusal(status=400, message="json_schema is not implemented"),
        Refusal(status=400, message="Unsupported parameter"),
        Refusal(status=404, message="No endpoints found that support structured_outputs"),
        Refusal(status=501, message="response_format is not supported by this backend"),
    ],
)
def test_servers_may_refuse_a_format_in_their_own_words(
    server: OpenAIServer, make_teacher: MakeTeacher, refusal: Refusal
) -> None:
    server.queue(refusal)
    assert make_teacher().label("text").label == "Business"
    assert formats_asked(server) == ["json_schema", "tool"]


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(status=400, message="Invalid value for messages", param="messages"),
        Refusal(status=404, message="The model `json_schema` does not exist", code="model_not_found"),
        Refusal(status=401, message="response_format is not supported"),
        Refusal(status=400, message="cannot read: my json_schema is unsupported text"),  # the text itself
    ],
)
def test_other_refusals_teach_nothing(
    server: OpenAIServer, make_teacher: MakeTeacher, store: Store, refusal: Refusal
) -> None:
    server.queue(refusal)
    teacher = make_teacher(capabilities=store.capabilities)
    with contextlib.suppress(TeacherMisconfigured):
        assert teacher.label("my json_schema is unsupported text, long enough to be a quotation").label is None
    assert server.n_requests == 1
    assert store.capabilities.load(teacher.identity.server, "gpt-4.1-mini") is None


def test_what_was_found_is_remembered_across_teachers(
    server: OpenAIServer, make_teacher: MakeTeacher, store: Store
) -> None:
    server.unwelcome_formats = {"json_schema"}
    server.unwelcome_parameters = {"temperature", "max_tokens"}
    make_teacher(capabilities=store.capabilities).label("one")
    n_learning = server.n_requests
    assert n_learning == 4
    answer = make_teacher(capabilities=store.capabilities).label("two")
    assert server.n_requests == n_learning + 1
    assert json.loads(str(answer.parameters)) == {"answer_format": "tool", "max_completion_tokens": 200}
    assert server.texts_answered_twice == []


def test_another_model_or_server_is_asked_anew(server: OpenAIServer, make_teacher: MakeTeacher, store: Store) -> None:
    server.unwelcome_formats = {"json_schema"}
    make_teacher(capabilities=store.capabilities).label("one")
    make_teacher(capabilities=store.capabilities, model="other").label("two")
    localhost = server.base_url.replace("127.0.0.1", "localhost")
    make_teacher(capabilities=store.capabilities, base_url=localhost).label("three")
    assert formats_asked(server) == ["json_schema", "tool"] * 3


def test_after_some_days_everything_is_tried_anew(
    server: OpenAIServer, make_teacher: MakeTeacher, store: Store
) -> None:
    clock = HandClock()
    server.unwelcome_formats = {"json_schema"}
    teacher = make_teacher(capabilities=store.capabilities, now=clock)
    teacher.label("one")
    server.unwelcome_formats = set()
    clock.now += KEPT_S - 1
    teacher.label("two")
    clock.now += 2
    teacher.label("three")
    make_teacher(capabilities=store.capabilities, now=clock).label("four")
    assert formats_asked(server) == ["json_schema", "tool", "tool", "json_schema", "json_schema"]


def test_a_named_format_is_used_although_it_was_refused_and_nothing_else_is(
    server: OpenAIServer, make_teacher: MakeTeacher, store: Store
) -> None:
    server.unwelcome_formats = {"json_schema"}
    make_teacher(capabilities=store.capabilities).label("one")
    with pytest.raises(TeacherMisconfigured, match="MRARU_ANSWER_FORMAT"):
        make_teacher(capabilities=store.capabilities, answer_format=AnswerFormat.JSON_SCHEMA).label("two")
    assert formats_asked(server) == ["json_schema", "tool", "json_schema"]
    server.unwelcome_formats = set()
    named = make_teacher(capabilities=store.capabilities, answer_format=AnswerFormat.JSON_SCHEMA)
    assert named.label("three").label == "Business"


def test_threads_that_find_out_together_pay_for_each_text_once(
    server: OpenAIServer, make_teacher: MakeTeacher, store: Store
) -> None:
    server.unwelcome_formats = {"json_schema", "tool"}
    server.unwelcome_parameters = {"max_tokens"}
    teacher = make_teacher(capabilities=store.capabilities)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(teacher.label, [f"text {n}" for n in range(24)]))
    assert {answer.label for answer in answers} == {"Business"}
    assert server.texts_answered_twice == []
    found = store.capabilities.load(teacher.identity.server, "gpt-4.1-mini")
    assert found is not None
    assert found.refused == ("json_schema", "max_tokens", "tool")
