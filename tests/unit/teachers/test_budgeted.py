from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from fakes.ledger import InMemoryLedger
from fakes.openai_faults import ConnectionReset, Fault, OddAnswer, Stall, rate_limited, server_error, wrong_key
from fakes.openai_server import OpenAIServer
from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded, TeacherError
from mraru.records import TeacherAnswer, TeacherIdentity, hash_text
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.llm.openai_teacher import OpenAITeacher

MakeTeacher = Callable[..., OpenAITeacher]
RICH = Budget(max_calls=1000, max_cost_usd=100.0)


class PricedTeacher:
    """Answers "A" at a cost of half its bound of one dollar, or raises what it is given."""

    identity = TeacherIdentity(model="priced", prompt_version="1")

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.asked: list[str] = []

    def identity_of(self, text: str) -> TeacherIdentity:
        return self.identity

    def cost_bound_usd(self, text: str) -> float:
        return 1.0

    def tokens_bound(self, text: str) -> int:
        return 100

    def label(self, text: str) -> TeacherAnswer:
        self.asked.append(text)
        if self.error is not None:
            raise self.error
        return TeacherAnswer(label="A", raw="A", cost_usd=0.5)


def test_an_answer_is_settled_at_its_real_cost() -> None:
    ledger, teacher = InMemoryLedger(), PricedTeacher()
    answer = BudgetedTeacher(teacher, ledger, project_id=1, budget=RICH).label("text")
    assert ledger.spending(1).cost_usd == 0.5
    assert ledger.find_answer(teacher.identity, hash_text("text")) == replace(answer, from_ledger=True, cost_usd=0.0)


def test_budget_stops_before_the_call_that_would_exceed_the_number_of_calls() -> None:
    ledger, teacher = InMemoryLedger(), PricedTeacher()
    budgeted = BudgetedTeacher(teacher, ledger, project_id=1, budget=Budget(max_calls=2, max_cost_usd=100.0))
    budgeted.label("one")
    budgeted.label("two")
    with pytest.raises(BudgetExceeded):
        budgeted.label("three")
    assert teacher.asked == ["one", "two"]


def test_budget_stops_before_the_call_whose_bound_would_exceed_the_dollars() -> None:
    ledger, teacher = InMemoryLedger(), PricedTeacher()
    budgeted = BudgetedTeacher(teacher, ledger, project_id=1, budget=Budget(max_calls=100, max_cost_usd=1.5))
    budgeted.label("one")  # 0.5 spent
    budgeted.label("two")  # 1.0 spent
    with pytest.raises(BudgetExceeded):
        budgeted.label("three")  # could cost 1.0 more
    assert teacher.asked == ["one", "two"]
    assert ledger.spending(1).cost_usd == 1.0


def test_each_project_has_its_own_budget() -> None:
    ledger, teacher = InMemoryLedger(), PricedTeacher()
    one_call = Budget(max_calls=1, max_cost_usd=100.0)
    BudgetedTeacher(teacher, ledger, project_id=1, budget=one_call).label("text")
    BudgetedTeacher(teacher, ledger, project_id=2, budget=one_call).label("other")
    assert ledger.spending(1).n_calls == ledger.spending(2).n_calls == 1


@pytest.mark.parametrize("budget", [Budget(max_calls=5, max_cost_usd=100.0), Budget(max_calls=99, max_cost_usd=3.2)])
def test_eight_threads_never_pass_the_budget(budget: Budget) -> None:
    ledger, teacher = InMemoryLedger(), PricedTeacher()
    budgeted = BudgetedTeacher(teacher, ledger, project_id=1, budget=budget)

    def ask(number: int) -> bool:
        try:
            budgeted.label(f"text {number}")
        except BudgetExceeded:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        made = sum(threads.map(ask, range(60)))
    assert made == len(teacher.asked) == ledger.spending(1).n_calls
    assert made <= budget.max_calls
    assert 0 < ledger.spending(1).cost_usd <= budget.max_cost_usd


def test_a_call_in_flight_counts_in_full(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    ledger, teacher = InMemoryLedger(), make_teacher()
    one_bound = Budget(max_calls=100, max_cost_usd=teacher.cost_bound_usd("text") * 1.5)
    budgeted = BudgetedTeacher(teacher, ledger, project_id=1, budget=one_bound)
    server.queue(Stall())
    with ThreadPoolExecutor(1) as threads:
        in_flight = threads.submit(budgeted.label, "text")
        assert server.stalled.wait(10)
        with pytest.raises(BudgetExceeded):
            budgeted.label("next")
        server.let_go.set()
        assert isinstance(in_flight.exception(), TeacherError)
    assert server.texts == ["text"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (rate_limited(), "released"),
        (server_error(500), "released"),
        (wrong_key(), "released"),
        (server_error(504), "forfeited"),
        (ConnectionReset(), "forfeited"),
        (OddAnswer(with_choices=False), "forfeited"),
    ],
)
def test_only_a_failure_that_is_surely_not_billed_frees_its_reservation(
    server: OpenAIServer, make_teacher: MakeTeacher, fault: Fault, state: str
) -> None:
    ledger, teacher = InMemoryLedger(), make_teacher()
    server.queue(fault)
    with pytest.raises(TeacherError):
        BudgetedTeacher(teacher, ledger, project_id=1, budget=RICH).label("text")
    assert ledger.states == [state]
    spent = teacher.cost_bound_usd("text") if state == "forfeited" else 0.0
    assert ledger.spending(1).cost_usd == spent
    assert ledger.spending(1).n_calls == (state == "forfeited")


def test_the_reservation_of_a_timeout_stays_spent(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    ledger, teacher = InMemoryLedger(), make_teacher(timeout_s=0.2)
    server.queue(Stall())
    with pytest.raises(TeacherError):
        BudgetedTeacher(teacher, ledger, project_id=1, budget=RICH).label("text")
    assert ledger.states == ["forfeited"]
    assert ledger.spending(1).cost_usd == teacher.cost_bound_usd("text")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("about: text of a task"), SystemExit(1)])
def test_whatever_nobody_foresaw_is_forfeited_and_goes_on_up(error: BaseException) -> None:
    ledger = InMemoryLedger()
    with pytest.raises(type(error)):
        BudgetedTeacher(PricedTeacher(error), ledger, project_id=1, budget=RICH).label("text")
    assert ledger.states == ["forfeited"]
    assert ledger.calls[0].error == type(error).__name__


def test_an_answer_that_the_ledger_cannot_take_stays_reserved_in_full() -> None:
    class BrokenLedger(InMemoryLedger):
        def settle(self, call_id: int, answer: TeacherAnswer) -> None:
            raise OSError("disk full")

    ledger = BrokenLedger()
    with pytest.raises(OSError, match="disk full"):
        BudgetedTeacher(PricedTeacher(), ledger, project_id=1, budget=RICH).label("text")
    assert ledger.states == ["reserved"]
    assert ledger.spending(1).cost_usd == 1.0
