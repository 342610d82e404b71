from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.clocks import PassingClock
from fakes.ledger import InMemoryLedger
from fakes.openai_faults import rate_limited, server_error
from fakes.openai_server import OpenAIServer
from fakes.teachers import SimulatedTeacher
from mraru.budget_records import Budget
from mraru.errors import AlreadyAsked, BudgetExceeded, RoomTaken, TeacherUnavailable
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.guards.rate_limited import RateLimitedTeacher
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.servers.rate_limiter import RateLimiter

MakeTeacher = Callable[..., OpenAITeacher]
RICH = Budget(max_calls=1000, max_cost_usd=100.0)


@pytest.fixture
def passing() -> PassingClock:
    return PassingClock()


def make_limiter(passing: PassingClock, **limits: float) -> RateLimiter:
    return RateLimiter(**limits, clock=passing, sleep=passing.sleep)


def limited_teacher(make_teacher: MakeTeacher, limiter: RateLimiter) -> RateLimitedTeacher:
    return RateLimitedTeacher(make_teacher(on_headers=limiter.learn), limiter)


def test_the_wrapper_is_as_the_teacher_within_but_for_the_waiting(passing: PassingClock) -> None:
    within = SimulatedTeacher(lambda text: "Sport", cost_usd=0.5)
    teacher = RateLimitedTeacher(within, make_limiter(passing))
    assert teacher.identity == within.identity
    assert teacher.cost_bound_usd("text") == within.cost_bound_usd("text") == 1.0
    assert teacher.tokens_bound("text") == within.tokens_bound("text")
    assert teacher.label("text").label == "Sport"


def test_limits_are_learned_from_the_headers_of_answers(
    server: OpenAIServer, make_teacher: MakeTeacher, passing: PassingClock
) -> None:
    server.headers = {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1m0s",
    }
    limiter = make_limiter(passing)
    teacher = limited_teacher(make_teacher, limiter)
    teacher.label("one")
    assert passing.slept == []
    teacher.label("two")
    assert passing.slept == [pytest.approx(1.0)]
    assert limiter.told_per_minute("requests") == 60


def test_limits_are_learned_from_refusals_too(
    server: OpenAIServer, make_teacher: MakeTeacher, passing: PassingClock
) -> None:
    told = {
        "x-ratelimit-limit-tokens": "6000",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "60s",
    }
    refusal = rate_limited()
    server.queue(type(refusal)(status=429, message=refusal.message, headers=told))
    limiter = make_limiter(passing)
    with pytest.raises(TeacherUnavailable):
        limited_teacher(make_teacher, limiter).label("text")
    assert limiter.told_per_minute("tokens") == 6000


@pytest.mark.parametrize(
    ("asked_for", "seconds"), [({"retry-after": "7"}, 7.0), ({"retry-after": "8", "retry-after-ms": "7500"}, 7.5)]
)
def test_all_wait_as_long_as_the_server_asked_one_of_them_to(
    server: OpenAIServer,
    make_teacher: MakeTeacher,
    passing: PassingClock,
    asked_for: dict[str, str],
    seconds: float,
) -> None:
    refusal = rate_limited()
    server.queue(type(refusal)(status=429, message=refusal.message, headers=asked_for))
    limiter = make_limiter(passing)
    with pytest.raises(TeacherUnavailable):
        limited_teacher(make_teacher, limiter).label("one")
    limited_teacher(make_teacher, limiter).label("two")  # of another project
    assert passing.slept == [seconds]


def test_a_failure_counts_as_a_request(server: OpenAIServer, make_teacher: MakeTeacher, passing: PassingClock) -> None:
    server.queue(server_error())
    teacher = limited_teacher(make_teacher, make_limiter(passing, requests_per_minute=1))
    with pytest.raises(TeacherUnavailable):
        teacher.label("text")
    teacher.label("text")
    assert passing.slept == [60.0]


def test_a_call_counts_the_tokens_that_it_used_once_they_are_known(passing: PassingClock) -> None:
    within = SimulatedTeacher(lambda text: "Sport")
    within.tokens_bound = lambda text: 1000  # type: ignore[method-assign]
    teacher = RateLimitedTeacher(within, make_limiter(passing, tokens_per_minute=1033))
    for _ in range(4):  # 11 tokens each, as the fake counts
        teacher.label("text")
    assert passing.slept == []
    teacher.label("text")
    assert passing.slept == [60.0]


def test_while_a_call_waits_nothing_is_reserved(passing: PassingClock) -> None:
    ledger = InMemoryLedger()
    states_while_waiting: list[list[str]] = []

    def sleep(seconds: float) -> None:
        states_while_waiting.append(ledger.states)
        passing.advance(seconds)

    limiter = RateLimiter(requests_per_minute=1, clock=passing, sleep=sleep)
    within = SimulatedTeacher(lambda text: "Sport")
    teacher = RateLimitedTeacher(BudgetedTeacher(within, ledger, project_id=1, budget=RICH), limiter)
    teacher.label("one")
    teacher.label("two")
    assert states_while_waiting == [["settled"]]
    assert ledger.states == ["settled", "settled"]


@pytest.mark.parametrize("reason", [BudgetExceeded, AlreadyAsked, RoomTaken])
def test_a_call_that_is_not_made_after_all_takes_no_turn(
    passing: PassingClock, reason: type[BudgetExceeded | AlreadyAsked | RoomTaken]
) -> None:
    def forbid(text: str) -> None:
        if text == "dear":
            raise reason

    within = SimulatedTeacher(lambda text: "Sport")
    within.before_call = forbid
    teacher = RateLimitedTeacher(within, make_limiter(passing, requests_per_minute=1))
    with pytest.raises(reason):
        teacher.label("dear")
    teacher.label("cheap")
    assert passing.slept == []
