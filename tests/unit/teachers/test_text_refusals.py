"""A refusal of one text is its own matter, until one text after the other is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from fakes.openai_faults import Fault, Refusal, said, server_error
from fakes.openai_server import OpenAIServer
from mraru.errors import TeacherMisconfigured, TeacherUnavailable
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.servers.call_failures import CallRefused, CallUnavailable
from mraru.teachers.servers.refusal_streak import MOST_IN_A_ROW
from mraru.teachers.servers.server_capabilities import AnswerFormat

MakeTeacher = Callable[..., OpenAITeacher]
UNKNOWN = Refusal(status=400, message="Something in this request is not to my liking")
TOO_MANY_DEMANDS = said(
    404, {"error": {"message": "No endpoints found that can handle the requested parameters.", "code": 404}}
)
NO_JSON = {"message": "Failed to generate JSON.", "type": "invalid_request_error", "code": "json_validate_failed"}


def refuse(server: OpenAIServer, *texts: str, fault: Fault = UNKNOWN) -> None:
    server.text_faults.update(dict.fromkeys(texts, fault))


@pytest.mark.parametrize("status", [400, 422])
def test_a_text_that_is_refused_without_a_known_reason_gets_no_label_and_the_next_one_is_asked(
    server: OpenAIServer, make_teacher: MakeTeacher, status: int
) -> None:
    refuse(server, "odd", fault=Refusal(status=status, message=UNKNOWN.message))
    teacher = make_teacher()
    refused = teacher.label("odd")
    assert refused.label is None
    assert f'the server refused this text and said "{UNKNOWN.message}"' in str(refused.no_label_reason)
    assert 0 < refused.cost_usd < teacher.cost_bound_usd("odd")
    assert teacher.label("even").label == "Business"


def test_several_texts_refused_in_a_row_are_a_refusal_of_all(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    server.queue(*[UNKNOWN] * 20)
    teacher = make_teacher()
    assert [teacher.label(f"text {n}").label for n in range(MOST_IN_A_ROW - 1)] == [None] * (MOST_IN_A_ROW - 1)
    with pytest.raises(CallRefused, match=UNKNOWN.message) as caught:
        teacher.label("the last")
    assert "MRARU_ANSWER_FORMAT" in str(caught.value)
    assert not caught.value.maybe_billed
    assert server.n_requests == MOST_IN_A_ROW


@pytest.mark.parametrize("is_first", [True, False])
def test_threads_that_are_all_refused_make_no_more_calls_than_one_would(
    server: OpenAIServer, make_teacher: MakeTeacher, is_first: bool
) -> None:
    teacher = make_teacher()
    if not is_first:
        assert teacher.label("answered").label == "Business"
    server.queue(*[UNKNOWN] * 40)
    n_before = server.n_requests
    if not is_first:
        assert teacher.label("the first that is refused").label is None

    together = threading.Barrier(16)  # who comes after all was settled would ask anew

    def ask(number: int) -> str:
        together.wait()
        try:
            return str(teacher.label(f"text {number}").label)
        except TeacherMisconfigured:
            return "refused"

    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(ask, range(16)))
    assert found.count("None") == MOST_IN_A_ROW - (1 if is_first else 2)
    assert server.n_requests - n_before <= MOST_IN_A_ROW


def test_an_answer_in_between_begins_the_count_anew(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    teacher = make_teacher()
    for number in range(3 * MOST_IN_A_ROW):
        server.queue(*([UNKNOWN] if number % MOST_IN_A_ROW else []))
        assert teacher.label(f"text {number}").label == (None if number % MOST_IN_A_ROW else "Business")


def test_the_same_text_counts_once(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    refuse(server, "odd")
    teacher = make_teacher()
    assert [teacher.label("odd").label for _ in range(MOST_IN_A_ROW + 1)] == [None] * (MOST_IN_A_ROW + 1)


def test_other_failures_in_between_say_nothing_of_texts(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    teacher = make_teacher()
    for number in range(MOST_IN_A_ROW - 1):
        server.queue(UNKNOWN, server_error())
        teacher.label(f"text {number}")
        with pytest.raises(TeacherUnavailable):
            teacher.label("later")
    server.queue(UNKNOWN)
    with pytest.raises(TeacherMisconfigured):
        teacher.label("the last")


def test_when_all_are_refused_each_further_refusal_says_so_until_an_answer_comes(
    server: OpenAIServer, make_teacher: MakeTeacher
) -> None:
    texts = [f"text {n}" for n in range(MOST_IN_A_ROW + 2)]
    refuse(server, *texts)
    teacher = make_teacher()
    for text in texts[: MOST_IN_A_ROW - 1]:
        teacher.label(text)
    for text in texts[MOST_IN_A_ROW - 1 :]:
        with pytest.raises(TeacherMisconfigured):
            teacher.label(text)
    server.text_faults.clear()
    assert teacher.label(texts[-1]).label == "Business"
    server.queue(UNKNOWN)
    assert teacher.label("another").label is None


def test_an_answer_that_the_server_threw_away_is_booked_at_its_bound(
    server: OpenAIServer, make_teacher: MakeTeacher
) -> None:
    server.queue(said(400, {"error": NO_JSON}), UNKNOWN)
    teacher = make_teacher()
    thrown_away, refused = teacher.label("a text"), teacher.label("a text")
    assert thrown_away.label is None
    assert thrown_away.cost_usd - refused.cost_usd == pytest.approx(200 * 1.6 / 1e6)


def test_a_server_that_takes_less_than_all_demands_is_asked_for_less_by_and_by(
    server: OpenAIServer, make_teacher: MakeTeacher
) -> None:
    server.queue(*[TOO_MANY_DEMANDS] * 5)
    teacher = make_teacher(confidence=Confidence(method=ConfidenceMethod.LOGPROBS))
    assert teacher.label("text").label == "Business"
    asked = [(request.answer_format, "logprobs" in request.body) for request in server.requests]
    formats = [("json_schema", True), ("tool", True), ("json_object", True), ("text", True)]
    assert asked == [*formats, ("text", False), ("text", False)]
    assert "temperature" not in server.requests[-1].body


def test_a_server_that_takes_no_demands_names_them_and_keeps_a_format_that_is_set(
    server: OpenAIServer, make_teacher: MakeTeacher
) -> None:
    server.queue(*[TOO_MANY_DEMANDS] * 9)
    with pytest.raises(TeacherMisconfigured, match="check OPENAI_MODEL, MRARU_ANSWER_FORMAT"):
        make_teacher(answer_format=AnswerFormat.TOOL).label("text")
    assert [request.answer_format for request in server.requests] == ["tool", "tool"]


@pytest.mark.parametrize(
    ("body", "maybe_billed"),
    [
        ({"error": {"message": "Provider returned error", "code": 502}}, True),
        ({"error": {"message": "Provider disconnected", "code": 503}}, True),
        ({"error": "out of luck"}, True),
        ({"detail": "out of luck"}, True),
        ({"error": {"message": "Slow down", "code": 429}}, False),
        (
            {"id": "x", "choices": [{"error": {"message": "out of luck", "code": 502}, "message": {"content": ""}}]},
            True,
        ),
    ],
)
def test_an_error_that_comes_as_an_answer_is_one(
    server: OpenAIServer, make_teacher: MakeTeacher, body: object, maybe_billed: bool
) -> None:
    server.queue(said(200, body))
    with pytest.raises(CallUnavailable) as caught:
        make_teacher().label("text")
    assert caught.value.maybe_billed is maybe_billed
    assert any(words in str(caught.value) for words in ("Provider", "out of luck", "Slow down"))
