from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from fakes.openai_faults import (
    ConnectionReset,
    Fault,
    OddAnswer,
    prompt_filtered,
    rate_limited,
    server_error,
    unwelcome_parameter,
)
from fakes.openai_server import OpenAIServer
from mraru.records import Usage
from mraru.teachers.llm.chat_request import MAX_ECHO_BYTES, most_bytes
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prices.pricing import Price
from mraru.teachers.prompting.prompt import Prompt
from mraru.teachers.servers.server_capabilities import AnswerFormat

MakeTeacher = Callable[..., OpenAITeacher]
TEXT = "Shares of the company fell."
WRONG = OddAnswer(content='{"label": "Weather"}')


def test_a_wrong_label_is_asked_again_once_with_what_was_wrong(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    server.queue(WRONG)
    answer = make_teacher().label(TEXT)
    assert answer.label == "Business"
    assert answer.no_label_reason is None
    assert answer.raw == '{"label": "Weather"}\n[asked again]\n{"label": "Business"}'
    first, second = server.requests
    assert second.body["messages"][:2] == first.body["messages"]
    assistant, user = second.body["messages"][2:]
    assert assistant == {"role": "assistant", "content": '{"label": "Weather"}'}
    assert user["role"] == "user"
    assert '"Sport", "Business", "Küche & Kochen"' in user["content"]


def test_a_second_wrong_label_is_no_label(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    server.queue(WRONG, OddAnswer(content="no idea"))
    answer = make_teacher().label(TEXT)
    assert answer.label is None
    assert "asked twice" in str(answer.no_label_reason)
    assert answer.raw == '{"label": "Weather"}\n[asked again]\nno idea'
    assert server.n_requests == 2


def test_both_requests_are_paid_and_counted(server: OpenAIServer, make_teacher: MakeTeacher, price: Price) -> None:
    server.queue(WRONG)
    teacher = make_teacher()
    answer = teacher.label(TEXT)
    alone = make_teacher().label(TEXT)
    assert answer.usage.prompt_tokens > 2 * alone.usage.prompt_tokens
    assert answer.cost_usd == pytest.approx(
        price.cost_usd(prompt_tokens=answer.usage.prompt_tokens, completion_tokens=answer.usage.completion_tokens)
    )
    assert json.loads(str(answer.parameters))["n_requests"] == 2


@pytest.mark.parametrize(
    "fault",
    [
        OddAnswer(refusal="I cannot help with that."),
        OddAnswer(finish_reason="content_filter"),
        OddAnswer(content='{"label": "Weather"}', finish_reason="length"),
        prompt_filtered(),
    ],
)
def test_what_would_be_refused_again_is_not_asked_again(
    server: OpenAIServer, make_teacher: MakeTeacher, fault: Fault
) -> None:
    server.queue(fault)
    assert make_teacher().label(TEXT).label is None
    assert server.n_requests == 1


@pytest.mark.parametrize(
    ("fault", "is_booked_in_full"),
    [(rate_limited(), False), (server_error(500), False), (ConnectionReset(), True), (prompt_filtered(), True)],
)
def test_a_failure_of_the_second_request_keeps_what_was_paid_for(
    server: OpenAIServer, make_teacher: MakeTeacher, fault: Fault, is_booked_in_full: bool
) -> None:
    alone = make_teacher().label(TEXT)
    server.queue(WRONG, fault)
    teacher = make_teacher()
    answer = teacher.label(TEXT)
    assert answer.label is None
    assert 'named "Weather"' in str(answer.no_label_reason)
    assert "asking again failed" in str(answer.no_label_reason)
    assert answer.raw == '{"label": "Weather"}'
    if is_booked_in_full:
        assert answer.usage == Usage()  # unknown: the ledger counts the tokens that were reserved
        assert alone.cost_usd < answer.cost_usd < teacher.cost_bound_usd(TEXT)
    else:
        assert answer.cost_usd == pytest.approx(alone.cost_usd, rel=0.1)


def test_a_parameter_that_is_refused_at_the_second_request_costs_no_third_answer(
    server: OpenAIServer, make_teacher: MakeTeacher
) -> None:
    server.queue(WRONG, unwelcome_parameter("temperature"))
    assert make_teacher().label(TEXT).label == "Business"
    assert server.n_requests == 3
    assert "temperature" not in server.requests[-1].body


@pytest.mark.parametrize("wrong", ["x" * 100_000, "ﷺ" * 5000, "🙂" * 5000, "", "\udcff bad"])
@pytest.mark.parametrize("answer_format", list(AnswerFormat))
def test_the_bounds_cover_both_requests_at_a_token_for_each_byte(
    server: OpenAIServer, make_teacher: MakeTeacher, wrong: str, answer_format: AnswerFormat
) -> None:
    server.queue(OddAnswer(content=wrong))
    teacher = make_teacher(answer_format=answer_format)
    teacher.label(TEXT)
    assert server.n_requests == 2
    n_bytes = 0
    for request in server.requests:
        shown = [str(message["content"]) for message in request.body["messages"]]
        restrictions = {name: request.body[name] for name in ("response_format", "tools") if name in request.body}
        n_bytes += sum(map(most_bytes, shown)) + most_bytes(json.dumps(restrictions, ensure_ascii=False))
    assert most_bytes(str(server.requests[1].body["messages"][2]["content"])) <= MAX_ECHO_BYTES
    assert teacher.tokens_bound(TEXT) > n_bytes + 2 * 200


def test_the_bound_holds_where_no_request_is_counted(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    server.queue(
        OddAnswer(content='{"label": "Weather"}', with_usage=False),
        OddAnswer(content='{"label": "Weather"}', with_usage=False),
    )
    teacher = make_teacher()
    answer = teacher.label(TEXT)
    assert answer.usage == Usage()
    assert answer.cost_usd <= teacher.cost_bound_usd(TEXT)


def test_the_parameters_say_how_and_by_whom_it_was_answered(
    server: OpenAIServer, make_teacher: MakeTeacher, caplog: pytest.LogCaptureFixture
) -> None:
    server.queue(OddAnswer(model="gpt-4.1-mini-2025-04-14"), OddAnswer(model="llama-3"))
    teacher = make_teacher()
    snapshot, other = (json.loads(str(teacher.label(text).parameters)) for text in ("a", "b"))
    assert snapshot == {
        "answer_format": "json_schema",
        "answered_by": "gpt-4.1-mini-2025-04-14",
        "max_tokens": 200,
        "temperature": 0.0,
    }
    assert other["answered_by"] == "llama-3"
    assert [vars(record)["event"] for record in caplog.records] == ["teacher_other_model"]


def test_a_reason_is_asked_for_and_kept_when_the_prompt_wants_one(
    server: OpenAIServer, make_teacher: MakeTeacher, prompt: Prompt
) -> None:
    explaining = replace(prompt, with_reason=True)
    answer = make_teacher(prompt=explaining).label(TEXT)
    assert (answer.label, answer.explanation) == ("Business", "It is about Business.")
    restricted = server.requests[0].body["response_format"]["json_schema"]["schema"]
    assert list(restricted["properties"]) == ["label", "reason"]
    assert make_teacher(prompt=explaining).identity != make_teacher().identity
    assert make_teacher().label(TEXT).explanation is None
