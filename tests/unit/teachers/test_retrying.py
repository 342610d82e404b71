from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from tenacity import wait_fixed

from fakes.ledger import InMemoryLedger
from fakes.openai_faults import Stall, quota_used_up, rate_limited, server_error, wrong_key
from fakes.openai_server import OpenAIServer
from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded, TeacherMisconfigured, TeacherUnavailable, WorkInterrupted
from mraru.interfaces import Teacher
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.guards.retrying import RetryingTeacher
from mraru.teachers.llm.openai_teacher import OpenAITeacher

MakeTeacher = Callable[..., OpenAITeacher]
RICH = Budget(max_calls=1000, max_cost_usd=100.0)


class Pauses:
    """A clock that nobody waits for."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


def retry(teacher: Teacher, pauses: Pauses, max_attempts: int = 5) -> RetryingTeacher:
    return RetryingTeacher(teacher, max_attempts, wait=wait_fixed(0.5), sleep=pauses)


def test_a_passing_failure_is_retried_until_there_is_an_answer(
    server: OpenAIServer, make_teacher: MakeTeacher, pauses: Pauses
) -> None:
    server.queue(rate_limited(), server_error())
    assert retry(make_teacher(), pauses).label("text").label == "Business"
    assert server.n_requests == 3
    assert pauses.seconds == [0.5, 0.5]


def test_the_last_attempts_error_is_the_one_that_is_raised(
    server: OpenAIServer, make_teacher: MakeTeacher, pauses: Pauses
) -> None:
    server.queue(rate_limited(), rate_limited(), rate_limited(retry_after_s=3))
    with pytest.raises(TeacherUnavailable) as caught:
        retry(make_teacher(), pauses, max_attempts=3).label("text")
    assert caught.value.retry_after_s == 3
    assert server.n_requests == 3
    assert len(pauses.seconds) == 2


def test_no_pause_is_shorter_than_the_server_asked_for(
    server: OpenAIServer, make_teacher: MakeTeacher, pauses: Pauses
) -> None:
    server.queue(rate_limited(retry_after_s=7))
    retry(make_teacher(), pauses).label("text")
    assert pauses.seconds == [7.5]


def test_a_server_that_asks_for_too_long_a_pause_ends_the_attempts(
    server: OpenAIServer, make_teacher: MakeTeacher, pauses: Pauses
) -> None:
    server.queue(rate_limited(retry_after_s=3600))
    with pytest.raises(TeacherUnavailable) as caught:
        retry(make_teacher(), pauses).label("text")
    assert caught.value.retry_after_s == 3600
    assert pauses.seconds == []


@pytest.mark.parametrize("fault", [wrong_key(), quota_used_up()])
def test_a_wrong_setting_is_not_retried(
    server: OpenAIServer, make_teacher: MakeTeacher, pauses: Pauses, fault: object
) -> None:
    server.queue(fault)  # type: ignore[arg-type]
    with pytest.raises(TeacherMisconfigured):
        retry(make_teacher(), pauses).label("text")
    assert server.n_requests == 1


def test_without_a_given_wait_pauses_stay_within_the_growing_limit(
    server: OpenAIServer, make_teacher: MakeTeacher, pauses: Pauses
) -> None:
    server.queue(*[server_error()] * 7)
    RetryingTeacher(make_teacher(), 8, sleep=pauses).label("text")
    limits = [1, 2, 4, 8, 16, 30, 30]
    assert all(0 <= pause <= limit for pause, limit in zip(pauses.seconds, limits, strict=True))


def test_each_attempt_is_booked_and_only_the_unbilled_are_released(
    server: OpenAIServer, make_teacher: MakeTeacher, pauses: Pauses
) -> None:
    ledger, teacher = InMemoryLedger(), make_teacher(timeout_s=0.2)
    server.queue(rate_limited(), Stall(), server_error())
    answer = retry(BudgetedTeacher(teacher, ledger, project_id=1, budget=RICH), pauses).label("text")
    assert ledger.states == ["released", "forfeited", "released", "settled"]
    assert ledger.spending(1).n_calls == 2
    assert ledger.spending(1).cost_usd == pytest.approx(teacher.cost_bound_usd("text") + answer.cost_usd)


def test_retries_stop_at_the_budget(server: OpenAIServer, make_teacher: MakeTeacher, pauses: Pauses) -> None:
    ledger = InMemoryLedger()
    budget = Budget(max_calls=2, max_cost_usd=100.0)
    server.queue(*[server_error(504)] * 5)  # each may be billed
    with pytest.raises(BudgetExceeded):
        retry(BudgetedTeacher(make_teacher(), ledger, project_id=1, budget=budget), pauses).label("text")
    assert server.n_requests == 2


def test_a_retry_is_logged_without_the_text(
    server: OpenAIServer, make_teacher: MakeTeacher, pauses: Pauses, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.queue(server_error())
    retry(make_teacher(), pauses).label("a very private text")
    assert [vars(record)["event"] for record in caplog.records if record.name.startswith("mraru")] == ["teacher_retry"]
    assert "private" not in caplog.text


def test_no_attempt_follows_when_the_process_is_to_end(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    server.queue(*[server_error()] * 3)
    with pytest.raises(WorkInterrupted):
        RetryingTeacher(make_teacher(), 5, wait=wait_fixed(0.5), sleep=lambda seconds: True).label("text")
    assert server.n_requests == 1
