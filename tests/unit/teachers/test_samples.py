from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from fakes.openai_faults import OddAnswer, rate_limited
from fakes.openai_server import OpenAIServer
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.servers.call_failures import CallUnavailable

MakeTeacher = Callable[..., OpenAITeacher]
SAMPLES = Confidence(method=ConfidenceMethod.SAMPLES, n_samples=4, temperature=0.9)


def say(label: str) -> str:
    return json.dumps({"label": label})


MIXED = tuple(map(say, ("Sport", "Business", "Business", "Weather")))


def test_the_majority_of_the_samples_is_the_label_and_their_shares_the_distribution(
    server: OpenAIServer, make_teacher: MakeTeacher
) -> None:
    server.queue(OddAnswer(contents=MIXED))
    answer = make_teacher(confidence=SAMPLES).label("text")
    assert answer.label == "Business"
    assert answer.probabilities is not None
    third = 0.25 / 3  # of the sample that named no label
    assert dict(answer.probabilities) == pytest.approx(
        {"sport-1": 0.25 + third, "Business": 0.5 + third, "Küche & Kochen": third}
    )
    assert server.n_requests == 1
    assert (server.requests[0].body["n"], server.requests[0].body["temperature"]) == (4, 0.9)
    assert answer.raw == "\n[next sample]\n".join(MIXED)
    assert json.loads(str(answer.parameters))["n_samples"] == 4


@pytest.mark.parametrize("way", ["refused", "ignored"])
def test_a_server_that_gives_one_answer_at_a_time_is_asked_as_many_times(
    server: OpenAIServer, make_teacher: MakeTeacher, way: str
) -> None:
    if way == "refused":
        server.unwelcome_parameters = {"n"}
    else:
        server.max_choices = 1
    teacher = make_teacher(confidence=SAMPLES)
    answer = teacher.label("text")
    assert json.loads(str(answer.parameters))["n_requests"] == 4
    assert server.n_requests == 4 + (way == "refused")
    one = make_teacher().label("text")
    assert answer.usage.prompt_tokens == 4 * one.usage.prompt_tokens
    assert answer.cost_usd == pytest.approx(4 * one.cost_usd)
    before = server.n_requests
    teacher.label("another")
    assert [request.body.get("n") for request in server.requests[before:]] == [None] * 4


def test_the_bounds_cover_each_sample_in_a_request_of_its_own(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    server.max_choices = 1
    server.queue(*[OddAnswer(content="none", with_usage=False)] * 5)
    teacher = make_teacher(confidence=SAMPLES)
    answer = teacher.label("text")
    assert server.n_requests == 5  # four samples, and one more because none of them was a label
    assert answer.label is None
    assert make_teacher().cost_bound_usd("text") < answer.cost_usd <= teacher.cost_bound_usd("text")
    assert teacher.tokens_bound("text") > 2 * make_teacher().tokens_bound("text")


def test_a_failure_between_samples_keeps_those_that_were_paid_for(
    server: OpenAIServer, make_teacher: MakeTeacher
) -> None:
    server.max_choices = 1
    server.queue(None, OddAnswer(content=say("Sport")), OddAnswer(content=say("Sport")), rate_limited())
    answer = make_teacher(confidence=SAMPLES).label("text")
    assert answer.label == "sport-1"
    assert answer.no_label_reason is None
    assert json.loads(str(answer.parameters))["n_samples"] == 3
    assert server.n_requests == 4


def test_a_failure_before_the_first_sample_is_told(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    server.queue(rate_limited())
    with pytest.raises(CallUnavailable) as caught:
        make_teacher(confidence=SAMPLES).label("text")
    assert not caught.value.maybe_billed


def test_samples_without_a_label_are_asked_again_once(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    server.queue(OddAnswer(contents=(say("Weather"),) * 4))
    answer = make_teacher(confidence=SAMPLES).label("text")
    assert (answer.label, answer.probabilities) == ("Business", None)
    assert server.n_requests == 2
    assert "n" not in server.requests[1].body


def test_a_reason_is_that_of_a_sample_with_the_label(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    answers = [{"label": "Sport", "reason": "A match."}, {"label": "Business", "reason": "Shares."}]
    server.queue(OddAnswer(contents=tuple(json.dumps(answers[index]) for index in (0, 1, 1, 0, 1)[:4])))
    answer = make_teacher(confidence=SAMPLES).label("text")
    assert (answer.label, answer.explanation) == ("sport-1", "A match.")
