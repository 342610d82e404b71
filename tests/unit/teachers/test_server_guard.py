from __future__ import annotations

from collections.abc import Callable

import pytest
from tenacity import wait_none

from fakes.clocks import HandClock, PassingClock
from fakes.ledger import InMemoryLedger
from fakes.openai_faults import rate_limited, server_error, text_too_long, wrong_key
from fakes.openai_server import OpenAIServer
from fakes.teachers import SimulatedTeacher
from mraru.budget_records import Budget
from mraru.errors import (
    AlreadyAsked,
    BudgetExceeded,
    CircuitOpen,
    RoomTaken,
    TeacherMisconfigured,
    TeacherUnavailable,
    WorkInterrupted,
)
from mraru.interfaces import Teacher
from mraru.records import CircuitState, TeacherHealth
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.guards.retrying import RetryingTeacher
from mraru.teachers.guards.server_guard import ServerGuard
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.servers.circuit import Circuit
from mraru.teachers.servers.rate_limiter import RateLimiter

MakeTeacher = Callable[..., OpenAITeacher]
RICH = Budget(max_calls=1000, max_cost_usd=100.0)


class HealthList:
    """Fills the protocol HealthBook; remembers everything that was written."""

    def __init__(self) -> None:
        self.written: list[TeacherHealth] = []

    def save(self, health: TeacherHealth) -> None:
        self.written.append(health)

    @property
    def last(self) -> TeacherHealth:
        return self.written[-1]


@pytest.fixture
def book() -> HealthList:
    return HealthList()


@pytest.fixture
def guard(book: HealthList, clock: HandClock) -> ServerGuard:
    passing = PassingClock()
    return ServerGuard(
        server="http://server/v1",
        model="gpt-4.1-mini",
        limiter=RateLimiter(clock=passing, sleep=passing.sleep),
        circuit=Circuit("gpt-4.1-mini at http://server/v1", max_failures=3, pause_s=60.0, clock=clock),
        book=book,
    )


def ask(teacher: Teacher, *texts: str) -> list[str]:
    """Ask about texts and name what came of each: a label, or an error's class."""
    outcomes = []
    for text in texts:
        try:
            outcomes.append(str(teacher.label(text).label))
        except (TeacherUnavailable, TeacherMisconfigured) as exc:
            outcomes.append(type(exc).__name__)
    return outcomes


def test_a_server_that_keeps_failing_is_asked_no_more_until_the_pause_is_over(
    server: OpenAIServer, make_teacher: MakeTeacher, guard: ServerGuard, clock: HandClock
) -> None:
    server.queue(*[server_error()] * 3)
    teacher = guard.wrap(make_teacher())
    assert ask(teacher, *"abcde") == ["CallUnavailable"] * 3 + ["CircuitOpen"] * 2
    assert server.n_requests == 3
    clock.advance(60)
    assert ask(teacher, "d", "e") == ["Business", "Business"]


def test_teachers_of_two_projects_share_one_circuit(
    server: OpenAIServer, make_teacher: MakeTeacher, guard: ServerGuard
) -> None:
    server.queue(*[server_error()] * 3)
    one, two = guard.wrap(make_teacher()), guard.wrap(make_teacher())
    assert ask(one, "a", "b") + ask(two, "c", "d") + ask(one, "e") == ["CallUnavailable"] * 3 + ["CircuitOpen"] * 2


@pytest.mark.parametrize("fault", [rate_limited(), rate_limited(retry_after_s=1), wrong_key(), text_too_long()])
def test_a_server_that_turns_away_or_refuses_is_well(
    server: OpenAIServer, make_teacher: MakeTeacher, guard: ServerGuard, book: HealthList, fault: object
) -> None:
    server.queue(*[fault] * 9)  # type: ignore[arg-type]
    outcomes = ask(guard.wrap(make_teacher()), *"abcdefghi")
    assert "CircuitOpen" not in outcomes
    assert server.n_requests == 9
    assert (book.last.circuit, book.last.n_failures) == (CircuitState.CLOSED, 0)


@pytest.mark.parametrize("error", [BudgetExceeded, AlreadyAsked, RoomTaken, WorkInterrupted, KeyboardInterrupt])
def test_what_is_not_the_servers_doing_is_not_counted_and_leaves_the_trial_to_the_next(
    guard: ServerGuard, clock: HandClock, book: HealthList, error: type[BaseException]
) -> None:
    within = SimulatedTeacher(lambda text: "Sport")
    teacher = guard.wrap(within)
    raised: list[type[BaseException]] = [error, *[TeacherUnavailable] * 3, error]

    def fail(text: str) -> None:
        if raised:
            raise raised.pop(0)

    within.before_call = fail
    with pytest.raises(error):
        teacher.label("a")
    assert book.last.n_failures == 0
    ask(teacher, *"bcd")
    clock.advance(60)
    with pytest.raises(error):
        teacher.label("e")
    assert book.last.circuit is CircuitState.HALF_OPEN
    assert ask(teacher, "e") == ["Sport"]
    assert book.last.circuit is CircuitState.CLOSED


def test_an_open_circuit_reserves_nothing(server: OpenAIServer, make_teacher: MakeTeacher, guard: ServerGuard) -> None:
    ledger = InMemoryLedger()
    server.queue(*[server_error()] * 3)
    teacher = guard.wrap(BudgetedTeacher(make_teacher(), ledger, project_id=1, budget=RICH))
    ask(teacher, *"abcde")
    assert ledger.states == ["released"] * 3


def test_each_attempt_counts_and_an_open_circuit_ends_the_attempts(
    server: OpenAIServer, make_teacher: MakeTeacher, guard: ServerGuard
) -> None:
    ledger, pauses = InMemoryLedger(), list[float]()
    server.queue(*[server_error()] * 10)
    booked = BudgetedTeacher(make_teacher(), ledger, project_id=1, budget=RICH)
    teacher = RetryingTeacher(guard.wrap(booked), 10, wait=wait_none(), sleep=pauses.append)
    with pytest.raises(CircuitOpen) as caught:
        teacher.label("text")
    assert caught.value.retry_after_s == 60.0
    assert "HTTP 500" in str(caught.value)
    assert server.n_requests == len(ledger.states) == len(pauses) == 3


def test_how_the_server_fares_is_written_down_when_it_changes(
    server: OpenAIServer, make_teacher: MakeTeacher, guard: ServerGuard, book: HealthList, clock: HandClock
) -> None:
    teacher = guard.wrap(make_teacher())
    ask(teacher, *"abcd")
    assert [(health.circuit, health.n_failures) for health in book.written] == [(CircuitState.CLOSED, 0)]
    server.queue(*[server_error()] * 3)
    ask(teacher, *"efgh")
    clock.advance(60)
    ask(teacher, "i")
    assert [(health.circuit.value, health.n_failures, health.opened_until) for health in book.written[1:]] == [
        ("closed", 1, None),
        ("closed", 2, None),
        ("open", 3, clock.now),
        ("half-open", 3, None),
        ("closed", 0, None),
    ]
    assert book.last.server == "http://server/v1"
    assert book.last.model == "gpt-4.1-mini"
    assert book.last.last_error is not None
    assert "HTTP 500" in book.last.last_error


def test_the_limits_that_the_server_told_are_written_down(
    server: OpenAIServer, make_teacher: MakeTeacher, guard: ServerGuard, book: HealthList
) -> None:
    server.headers = {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "120ms",
    }
    ask(guard.wrap(make_teacher(on_headers=guard.hear)), "a")
    assert (book.last.requests_per_minute, book.last.tokens_per_minute) == (500, None)


def test_a_book_that_cannot_be_written_blocks_nobody(guard: ServerGuard, book: HealthList, clock: HandClock) -> None:
    within = SimulatedTeacher(lambda text: "Sport")
    teacher = guard.wrap(within)

    def fail(text: str) -> None:
        raise TeacherUnavailable

    within.before_call = fail
    ask(teacher, *"abc")
    clock.advance(60)
    write, book.save = book.save, lambda health: (_ for _ in ()).throw(OSError("disk full"))  # type: ignore[method-assign]
    with pytest.raises(OSError, match="disk full"):
        teacher.label("d")
    book.save = write  # type: ignore[method-assign]
    within.before_call = lambda text: None
    assert ask(teacher, "d") == ["Sport"]
