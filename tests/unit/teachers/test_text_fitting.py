"""Texts that are too long for the server's context are cut further, and the context is remembered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.clocks import HandClock
from fakes.openai_faults import OddAnswer, said, server_error
from fakes.openai_server import OpenAIServer
from fakes.stores import open_store
from mraru.records import Usage
from mraru.store.store import Store
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prompting.prompt import Prompt
from mraru.teachers.servers.call_failures import CallRefused, CallUnavailable
from mraru.teachers.servers.refusal_streak import MOST_IN_A_ROW
from mraru.teachers.servers.server_capabilities import KEPT_S

MakeTeacher = Callable[..., OpenAITeacher]
LONG = "The company said on Tuesday that its shares fell after the announcement of the quarter. " * 40
SHORT = "Shares fell."
CONTEXT_TOKENS = 700
OVERFLOW = said(400, {"error": "the input length exceeds the context length"})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "mraru.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def long_prompt(prompt: Prompt) -> Prompt:
    return replace(prompt, max_text_tokens=3000)


def test_a_text_that_is_too_long_is_cut_to_what_fits_and_asked_again(
    server: OpenAIServer, make_teacher: MakeTeacher, long_prompt: Prompt
) -> None:
    server.context_tokens = CONTEXT_TOKENS
    teacher = make_teacher(prompt=long_prompt)
    answer = teacher.label(LONG)
    assert answer.label == "Business"
    whole, cut = server.requests
    assert whole.text == LONG
    assert "tokens left out" in cut.text
    assert LONG.startswith(cut.text.partition("\n[…")[0])
    described = json.loads(str(answer.parameters))
    assert described["text_tokens"] > 50
    assert 0 < answer.cost_usd < teacher.cost_bound_usd(LONG)


def test_the_context_is_learned_so_that_later_texts_are_cut_before_they_are_refused(
    server: OpenAIServer, make_teacher: MakeTeacher, long_prompt: Prompt, store: Store
) -> None:
    server.context_tokens = CONTEXT_TOKENS
    make_teacher(prompt=long_prompt, capabilities=store.capabilities).label(LONG)
    n_learning = server.n_requests
    later = make_teacher(prompt=long_prompt, capabilities=store.capabilities)  # as after a restart
    answers = [later.label(f"{number} {LONG}") for number in range(5)]
    short = later.label(SHORT)
    assert {answer.label for answer in [*answers, short]} == {"Business"}
    assert server.n_requests == n_learning + 6
    assert server.texts[-1] == SHORT
    assert all("text_tokens" in json.loads(str(answer.parameters)) for answer in answers)
    assert "text_tokens" not in json.loads(str(short.parameters))
    assert later.plan_request(LONG)["messages"] != make_teacher(prompt=long_prompt).plan_request(LONG)["messages"]


def test_what_is_learned_makes_no_other_question_of_it(
    server: OpenAIServer, make_teacher: MakeTeacher, long_prompt: Prompt
) -> None:
    server.context_tokens = CONTEXT_TOKENS
    teacher = make_teacher(prompt=long_prompt)
    before = teacher.identity, teacher.cost_bound_usd(LONG), teacher.tokens_bound(LONG)
    teacher.label(LONG)
    assert (teacher.identity, teacher.cost_bound_usd(LONG), teacher.tokens_bound(LONG)) == before


def test_the_context_is_forgotten_after_some_days_as_it_may_have_grown(
    server: OpenAIServer, make_teacher: MakeTeacher, long_prompt: Prompt, store: Store
) -> None:
    clock = HandClock()
    server.context_tokens = CONTEXT_TOKENS
    teacher = make_teacher(prompt=long_prompt, capabilities=store.capabilities, now=clock)
    teacher.label(LONG)
    server.context_tokens = None
    clock.now += KEPT_S + 1
    teacher.label(LONG)
    assert server.texts[-1] == LONG


def test_a_server_that_does_not_say_how_much_it_takes_is_shown_less_and_less(
    server: OpenAIServer, make_teacher: MakeTeacher, long_prompt: Prompt
) -> None:
    server.queue(OVERFLOW, OVERFLOW)
    teacher = make_teacher(prompt=long_prompt)
    answer = teacher.label(4 * LONG)
    assert answer.label == "Business"
    sizes = [len(text) for text in server.texts]
    assert sizes[2] < 0.6 * sizes[1] < 0.4 * sizes[0]
    assert answer.cost_usd < teacher.cost_bound_usd(4 * LONG)
    teacher.label(4 * LONG)
    assert server.texts[-1] == server.texts[0]  # nothing was learned


@pytest.mark.parametrize("text", [LONG, SHORT])
def test_a_text_that_is_refused_however_short_gets_no_label(
    server: OpenAIServer, make_teacher: MakeTeacher, long_prompt: Prompt, text: str
) -> None:
    server.queue(*[OVERFLOW] * 9)
    teacher = make_teacher(prompt=long_prompt)
    answer = teacher.label(text)
    assert answer.label is None
    assert "too long" in str(answer.no_label_reason)
    assert server.n_requests == 1 if text == SHORT else 2 <= server.n_requests <= 4
    assert 0 < answer.cost_usd <= teacher.cost_bound_usd(text)


def test_where_no_text_is_short_enough_the_prompt_is_to_be_made_shorter(
    server: OpenAIServer, make_teacher: MakeTeacher, long_prompt: Prompt
) -> None:
    server.context_tokens = 100  # less than the instruction alone
    teacher = make_teacher(prompt=long_prompt)
    for number in range(MOST_IN_A_ROW - 1):
        assert teacher.label(f"{SHORT} {number}").label is None
    with pytest.raises(CallRefused, match="give the model a longer context, or shorten") as caught:
        teacher.label(SHORT)
    assert caught.value.maybe_billed  # Azure bills prompts that it refuses for their length
    assert server.n_requests == MOST_IN_A_ROW


@pytest.mark.parametrize("method", [ConfidenceMethod.NONE, ConfidenceMethod.SAMPLES])
@pytest.mark.parametrize("n_overflows", range(5))
@pytest.mark.parametrize("instruction", ["", "Read with care. " * 150])
def test_refusals_for_length_never_pass_the_bound(
    server: OpenAIServer,
    make_teacher: MakeTeacher,
    long_prompt: Prompt,
    method: ConfidenceMethod,
    n_overflows: int,
    instruction: str,
) -> None:
    odd = OddAnswer(content='{"label": "politics"}', with_usage=False)
    server.max_choices = 1
    server.queue(*[OVERFLOW] * n_overflows, *[odd] * 9)
    confidence = Confidence(method=method, n_samples=3)
    teacher = make_teacher(prompt=replace(long_prompt, instruction=instruction), confidence=confidence)
    answer = teacher.label(LONG)
    assert answer.label is None
    assert answer.usage == Usage()
    assert 0 < answer.cost_usd <= teacher.cost_bound_usd(LONG)


def test_what_fails_after_a_refusal_for_length_may_be_billed(
    server: OpenAIServer, make_teacher: MakeTeacher, long_prompt: Prompt
) -> None:
    server.queue(OVERFLOW, server_error(503))
    with pytest.raises(CallUnavailable) as caught:
        make_teacher(prompt=long_prompt).label(LONG)
    assert caught.value.maybe_billed


def test_a_size_that_the_request_surely_did_not_pass_is_not_believed(
    server: OpenAIServer, make_teacher: MakeTeacher, long_prompt: Prompt
) -> None:
    message = "This model's maximum context length is 1000000 tokens."
    server.queue(said(400, {"error": {"message": message}}))
    teacher = make_teacher(prompt=long_prompt)
    assert teacher.label(LONG).label is None
    assert teacher.parts.memory.context() is None
