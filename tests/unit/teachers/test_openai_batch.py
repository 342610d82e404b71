"""Batch jobs at the simulated teacher's server: what is sent, what comes back, what it costs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest

from fakes.openai_faults import (
    Fault,
    OddAnswer,
    prompt_filtered,
    server_error,
    text_too_long,
    unknown_model,
    wrong_key,
)
from fakes.openai_logprobs import token
from fakes.openai_server import OpenAIServer
from mraru.batch_records import BatchOutcome
from mraru.errors import TeacherMisconfigured, TeacherUnavailable
from mraru.teachers.batch.openai_batch_teacher import OpenAIBatchTeacher
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prices.pricing import Price

MakeTeacher = Callable[..., OpenAITeacher]
TEXT = "Shares fell on Monday after the announcement."


def run_job(teacher: OpenAIBatchTeacher, texts: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Plans and lines of each text."""
    plans = {number: teacher.plan(text) for number, text in enumerate(texts, start=1)}
    server = teacher.server
    remote_id = server.create(server.upload(plans), "a-mark")
    assert server.look(remote_id).is_over
    lines = server.read(remote_id).by_call
    return [(plan, lines.get(number, ())) for number, plan in plans.items()]


def ask(teacher: OpenAIBatchTeacher, text: str = TEXT) -> BatchOutcome:
    ((plan, lines),) = run_job(teacher, [text])
    return teacher.conclude(plan, lines, text)


def test_a_job_gives_the_answer_that_asking_at_once_gives_at_half_the_price(make_teacher: MakeTeacher) -> None:
    teacher = make_teacher()
    at_once = teacher.label(TEXT)
    outcome = ask(OpenAIBatchTeacher(teacher))
    answer = outcome.answer
    assert answer is not None
    assert (answer.label, answer.raw, answer.usage) == (at_once.label, at_once.raw, at_once.usage)
    assert (answer.explanation, answer.parameters) == (at_once.explanation, at_once.parameters)
    assert answer.cost_usd == pytest.approx(at_once.cost_usd / 2)
    assert answer.request_id == "req_batch_0"
    assert not outcome.is_outside_labels


def test_the_request_in_a_job_is_the_one_that_would_be_made_at_once(
    make_teacher: MakeTeacher, server: OpenAIServer
) -> None:
    teacher = make_teacher()
    teacher.label(TEXT)
    ask(OpenAIBatchTeacher(teacher))
    (line,) = server.batches.jobs[0].lines
    assert line["body"] == server.requests[0].body
    assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")


def test_azure_takes_the_path_without_a_version(make_teacher: MakeTeacher, server: OpenAIServer) -> None:
    endpoint = server.base_url.removesuffix("/v1")
    teacher = OpenAIBatchTeacher(make_teacher(base_url=endpoint, api_version="2024-10-21", model="mine"), is_azure=True)
    outcome = ask(teacher)
    assert outcome.answer is not None
    assert outcome.answer.label == "Business"
    assert server.batches.jobs[0].endpoint == "/chat/completions"


def test_the_bounds_cover_the_job_and_asking_again_at_the_full_price(
    make_teacher: MakeTeacher, server: OpenAIServer
) -> None:
    live = make_teacher()
    teacher = OpenAIBatchTeacher(live)
    server.batches.line_faults[TEXT] = OddAnswer(content="politics", completion_tokens=200)
    ((plan, lines),) = run_job(teacher, [TEXT])
    assert teacher.conclude(plan, lines, TEXT).is_outside_labels
    server.queue(OddAnswer(content="politics", completion_tokens=200))
    answer = teacher.ask_again(plan, lines, TEXT)
    assert answer.label is None
    assert "asked twice" in str(answer.no_label_reason)
    assert answer.cost_usd <= teacher.cost_bound_usd(TEXT) < live.cost_bound_usd(TEXT)
    assert answer.usage.prompt_tokens + answer.usage.completion_tokens <= teacher.tokens_bound(TEXT)


def test_asking_again_gives_the_label_that_came_then(make_teacher: MakeTeacher, server: OpenAIServer) -> None:
    teacher = OpenAIBatchTeacher(make_teacher())
    server.batches.line_faults[TEXT] = OddAnswer(content="politics")
    ((plan, lines),) = run_job(teacher, [TEXT])
    assert teacher.ask_again(plan, lines, TEXT).label == "Business"


def test_asking_again_that_fails_is_no_label_and_no_error(make_teacher: MakeTeacher, server: OpenAIServer) -> None:
    teacher = OpenAIBatchTeacher(make_teacher())
    server.batches.line_faults[TEXT] = OddAnswer(content="politics")
    ((plan, lines),) = run_job(teacher, [TEXT])
    server.queue(server_error())
    answer = teacher.ask_again(plan, lines, TEXT)
    assert answer.label is None
    assert "asking again failed" in str(answer.no_label_reason)


@pytest.mark.parametrize(
    ("fault", "maybe_billed", "is_refused"),
    [
        (server_error(), False, False),
        (server_error(504), True, False),
        (wrong_key(), False, True),
        (unknown_model("m"), False, True),
    ],
)
def test_a_failed_line_is_no_answer(
    make_teacher: MakeTeacher, server: OpenAIServer, fault: Fault, maybe_billed: bool, is_refused: bool
) -> None:
    server.batches.line_faults[TEXT] = fault
    outcome = ask(OpenAIBatchTeacher(make_teacher()))
    assert outcome.answer is None
    assert (outcome.maybe_billed, outcome.is_refused) == (maybe_billed, is_refused)
    assert outcome.error


@pytest.mark.parametrize("fault", [prompt_filtered(), text_too_long()])
def test_a_text_that_the_server_refuses_is_no_label(
    make_teacher: MakeTeacher, server: OpenAIServer, fault: Fault
) -> None:
    server.batches.line_faults[TEXT] = fault
    outcome = ask(OpenAIBatchTeacher(make_teacher()))
    assert outcome.answer is not None
    assert outcome.answer.label is None
    assert not outcome.is_outside_labels
    assert outcome.answer.cost_usd > 0  # Azure bills such prompts


def test_a_message_that_repeats_the_text_is_left_out(make_teacher: MakeTeacher, server: OpenAIServer) -> None:
    server.batches.line_faults[TEXT] = server_error()
    quoting = server_error()
    server.batches.line_faults[TEXT] = type(quoting)(status=500, message=f"could not read {TEXT}")
    outcome = ask(OpenAIBatchTeacher(make_teacher()))
    assert TEXT not in str(outcome.error)


def test_confidence_comes_from_log_probabilities_as_at_once(make_teacher: MakeTeacher, server: OpenAIServer) -> None:
    server.batches.line_faults[TEXT] = OddAnswer(logprobs=(token('{"label": "Business"}', 0.8),))
    confidence = Confidence(method=ConfidenceMethod.LOGPROBS)
    outcome = ask(OpenAIBatchTeacher(make_teacher(confidence=confidence)))
    assert outcome.answer is not None
    assert outcome.answer.probabilities is not None
    assert sum(share for _, share in outcome.answer.probabilities) == pytest.approx(1.0)


@pytest.mark.parametrize("one_at_a_time", [False, True])
def test_samples_come_in_one_request_or_in_as_many_as_the_server_needs(
    make_teacher: MakeTeacher, server: OpenAIServer, one_at_a_time: bool
) -> None:
    if one_at_a_time:
        server.unwelcome_parameters = {"n"}
    confidence = Confidence(method=ConfidenceMethod.SAMPLES, n_samples=3)
    teacher = OpenAIBatchTeacher(make_teacher(confidence=confidence))
    outcome = ask(teacher)
    if one_at_a_time:
        assert outcome.answer is None
        assert not outcome.is_refused
        outcome = ask(teacher)
    assert outcome.answer is not None
    assert outcome.answer.label == "Business"
    assert outcome.answer.raw.count("[next sample]") == 2
    assert len(server.batches.jobs[-1].lines) == (3 if one_at_a_time else 1)
    assert outcome.answer.cost_usd < teacher.cost_bound_usd(TEXT)


def test_a_plan_is_read_with_the_labels_and_the_price_it_was_made_with(
    make_teacher: MakeTeacher, server: OpenAIServer
) -> None:
    ((plan, lines),) = run_job(OpenAIBatchTeacher(make_teacher()), [TEXT])
    dear = Price(input_usd_per_mtok=1000.0, output_usd_per_mtok=1000.0)
    later = OpenAIBatchTeacher(make_teacher(price=dear), price_factor=1.0)
    outcome = later.conclude(plan, lines, TEXT)
    assert outcome.answer is not None
    assert outcome.answer.cost_usd < 0.01


@pytest.mark.parametrize("n_others", [0, 1, 5])
def test_a_job_is_found_by_its_mark_among_pages_of_others(
    make_teacher: MakeTeacher, server: OpenAIServer, n_others: int
) -> None:
    batches = OpenAIBatchTeacher(make_teacher())
    ours = batches.server.create(batches.server.upload({1: batches.plan(TEXT)}), "ours")
    for number in range(n_others):
        batches.server.create(batches.server.upload({1: batches.plan(TEXT)}), f"other-{number}")
    assert batches.server.find("ours", 0.0) == ours
    assert batches.server.find("nobody's", 0.0) is None


def test_a_server_without_batches_is_said_to_be_one(make_teacher: MakeTeacher, server: OpenAIServer) -> None:
    server.batches.is_offered = False
    teacher = OpenAIBatchTeacher(make_teacher())
    with pytest.raises(TeacherMisconfigured, match="MRARU_BATCH_API"):
        teacher.server.upload({1: teacher.plan(TEXT)})


def test_a_server_that_cannot_be_reached_may_be_tried_later(make_teacher: MakeTeacher) -> None:
    teacher = OpenAIBatchTeacher(make_teacher(base_url="http://127.0.0.1:9/v1"))
    with pytest.raises(TeacherUnavailable, match="cannot be reached"):
        teacher.server.upload({1: teacher.plan(TEXT)})


def test_a_key_is_in_no_message(make_teacher: MakeTeacher, server: OpenAIServer) -> None:
    server.batches.fail_with = [{"code": "invalid_request", "message": "bad key own-token-0123456789"}]
    teacher = OpenAIBatchTeacher(make_teacher())
    progress = teacher.server.look(teacher.server.create(teacher.server.upload({1: teacher.plan(TEXT)}), "m"))
    assert progress.is_over
    assert "own-token-0123456789" not in str(progress.error)


def test_a_job_that_the_server_forgot_is_lost(make_teacher: MakeTeacher) -> None:
    progress = OpenAIBatchTeacher(make_teacher()).server.look("batch_unknown")
    assert (progress.is_over, progress.is_lost) == (True, True)


def test_lines_that_cannot_be_read_leave_the_job_incomplete(make_teacher: MakeTeacher, server: OpenAIServer) -> None:
    teacher = OpenAIBatchTeacher(make_teacher())
    remote_id = teacher.server.create(teacher.server.upload({1: teacher.plan(TEXT), 2: teacher.plan("other")}), "m")
    teacher.server.look(remote_id)
    file_id = str(server.batches.jobs[0].output_file_id)
    first, second = server.batches.files[file_id].splitlines()
    server.batches.files[file_id] = first + b"\n" + second[:40] + b"\n"
    lines = teacher.server.read(remote_id)
    assert list(lines.by_call) == [1]
    assert not lines.is_whole


def test_a_cancelled_job_keeps_what_was_answered(make_teacher: MakeTeacher, server: OpenAIServer) -> None:
    teacher = OpenAIBatchTeacher(make_teacher())
    plans = {number: teacher.plan(f"text {number}") for number in range(4)}
    remote_id = teacher.server.create(teacher.server.upload(plans), "m")
    teacher.server.cancel(remote_id)
    progress = teacher.server.look(remote_id)
    assert (progress.is_over, progress.error) == (True, "cancelled")
    lines = teacher.server.read(remote_id)
    answered = [number for number, of_call in lines.by_call.items() if json.loads(of_call[0])["response"]]
    assert answered == [0, 1]
    assert lines.is_whole
