"""Lines of batch jobs that the server refused, in whatever shape it says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from fakes.openai_faults import Fault, Refusal, said
from fakes.openai_server import OpenAIServer
from mraru.batch_records import BatchOutcome
from mraru.errors import TeacherUnavailable
from mraru.teachers.batch.openai_batch_teacher import OpenAIBatchTeacher
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prompting.prompt import Prompt

MakeTeacher = Callable[..., OpenAITeacher]
TEXT = "Shares fell on Monday after the announcement."


def ask(teacher: OpenAIBatchTeacher, text: str = TEXT) -> BatchOutcome:
    """By a job of its own."""
    plan = teacher.plan(text)
    remote_id = teacher.server.create(teacher.server.upload({1: plan}), "a-mark")
    assert teacher.server.look(remote_id).is_over
    return teacher.conclude(plan, teacher.server.read(remote_id).by_call[1], text)


def test_a_line_that_is_refused_without_a_known_reason_is_no_label_or_what_is_said_if_all_are(
    make_teacher: MakeTeacher, server: OpenAIServer
) -> None:
    server.batches.line_faults[TEXT] = Refusal(status=400, message="not to my liking")
    outcome = ask(OpenAIBatchTeacher(make_teacher()))
    assert outcome.answer is not None
    assert outcome.is_unexplained
    assert 'said "not to my liking"' in str(outcome.answer.no_label_reason)
    assert "check OPENAI_MODEL" in str(outcome.error)


@pytest.mark.parametrize(
    ("fault", "error", "maybe_billed"),
    [
        (said(502, {"error": "a bad gateway"}), "HTTP 502: a bad gateway", True),
        (said(200, {"error": {"message": "Provider returned error", "code": 503}}), "HTTP 503: Provider", True),
        (said(429, {"message": "Requests rate limit exceeded"}), "HTTP 429: Requests rate limit exceeded", False),
    ],
)
def test_lines_fail_in_the_shapes_of_other_servers_too(
    make_teacher: MakeTeacher, server: OpenAIServer, fault: Fault, error: str, maybe_billed: bool
) -> None:
    server.batches.line_faults[TEXT] = fault
    outcome = ask(OpenAIBatchTeacher(make_teacher()))
    assert outcome.answer is None
    assert error in str(outcome.error)
    assert outcome.maybe_billed is maybe_billed


def test_a_text_that_is_too_long_in_a_job_is_cut_in_the_next_one(
    make_teacher: MakeTeacher, server: OpenAIServer, prompt: Prompt
) -> None:
    server.context_tokens = 700
    long = TEXT * 100
    teacher = OpenAIBatchTeacher(make_teacher(prompt=replace(prompt, max_text_tokens=3000)))
    first = ask(teacher, long)
    assert first.answer is None
    assert not first.maybe_billed
    assert "the next job shows less of it" in str(first.error)
    second = ask(teacher, long)
    assert second.answer is not None
    assert second.answer.label == "Business"
    assert "text_tokens" in str(second.answer.parameters)
    server.context_tokens = 100  # of which nothing is left for the text
    last = ask(teacher, long)
    assert last.answer is not None
    assert "too long" in str(last.answer.no_label_reason)


def test_an_error_that_comes_as_a_batch_is_one(make_teacher: MakeTeacher, server: OpenAIServer) -> None:
    server.batches.create_faults.append(said(200, {"error": {"message": "Slow down", "code": 429}}))
    teacher = OpenAIBatchTeacher(make_teacher())
    file_id = teacher.server.upload({1: teacher.plan(TEXT)})
    with pytest.raises(TeacherUnavailable, match="HTTP 429: Slow down"):
        teacher.server.create(file_id, "a-mark")
