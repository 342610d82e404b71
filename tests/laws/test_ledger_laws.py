"""What every ledger must obey, whatever it is kept in: the one that the tests use, and the stored one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from fakes.clocks import HandClock
from fakes.ledger import InMemoryLedger
from fakes.reserving import LAW_IDENTITY as IDENTITY
from fakes.reserving import LOST_AFTER_S, reserve
from mraru.budget_records import Budget, Spending
from mraru.errors import AlreadyAsked, BudgetExceeded
from mraru.records import TeacherAnswer, TeacherIdentity, Usage
from mraru.store.ledger.ledger_repository import LedgerRepository

N_THREADS = 8
ANSWER = TeacherAnswer(
    label="A",
    raw='{"label": "A"}',
    probabilities=(("A", 0.75), ("B", 0.25)),
    explanation="It is about A.",
    parameters='{"temperature": 0}',
    usage=Usage(prompt_tokens=10, completion_tokens=2),
    cost_usd=0.125,
    latency_s=1.5,
    request_id="r",
)
Ledger = InMemoryLedger | LedgerRepository


CAPS = pytest.mark.parametrize(
    "cap",
    [Budget(max_calls=2), Budget(max_tokens=250), Budget(max_cost_usd=2.5)],
    ids=["calls", "tokens", "dollars"],
)


@CAPS
def test_no_cap_of_a_project_is_passed(ledger: Ledger, cap: Budget) -> None:
    reserve(ledger, "a", budget=cap)
    reserve(ledger, "b", budget=cap)
    with pytest.raises(BudgetExceeded):
        reserve(ledger, "c", budget=cap)
    assert ledger.spending(1) == Spending(n_calls=2, cost_usd=2.0, n_tokens=200)
    reserve(ledger, "c", project_id=2, budget=cap)  # each project has its own


@CAPS
def test_no_cap_of_all_projects_together_is_passed(ledger: Ledger, cap: Budget) -> None:
    reserve(ledger, "a", project_id=1, total_budget=cap)
    reserve(ledger, "b", project_id=2, total_budget=cap)
    with pytest.raises(BudgetExceeded):
        reserve(ledger, "c", project_id=3, total_budget=cap)
    assert ledger.total_spending() == Spending(n_calls=2, cost_usd=2.0, n_tokens=200)


@pytest.mark.parametrize(
    "cap", [Budget(max_calls=1), Budget(max_tokens=100), Budget(max_cost_usd=1.0)], ids=["calls", "tokens", "dollars"]
)
def test_a_cap_may_be_reached(ledger: Ledger, cap: Budget) -> None:
    reserve(ledger, budget=cap, total_budget=cap)


def test_a_settled_call_counts_at_what_it_cost(ledger: Ledger) -> None:
    ledger.settle(reserve(ledger), ANSWER)
    assert ledger.spending(1) == Spending(n_calls=1, cost_usd=0.125, n_tokens=12, prompt_tokens=10, completion_tokens=2)


def test_an_answer_whose_tokens_nobody_counted_is_booked_at_the_most_it_can_have(ledger: Ledger) -> None:
    ledger.settle(reserve(ledger, tokens=100), replace(ANSWER, usage=Usage()))
    assert ledger.spending(1).n_tokens == 100


def test_a_released_call_counts_for_nothing_and_makes_room(ledger: Ledger) -> None:
    one = Budget(max_calls=1, max_cost_usd=1.0, max_tokens=100)
    ledger.release(reserve(ledger, budget=one), "connection refused")
    assert ledger.spending(1) == Spending(n_calls=0, cost_usd=0.0)
    reserve(ledger, budget=one)


def test_a_forfeited_call_stays_spent(ledger: Ledger) -> None:
    ledger.forfeit(reserve(ledger), "timeout")
    assert ledger.spending(1) == Spending(n_calls=1, cost_usd=1.0, n_tokens=100)


def test_a_call_that_is_over_stays_as_it_ended(ledger: Ledger) -> None:
    settled, forfeited = reserve(ledger, "a"), reserve(ledger, "b")
    ledger.settle(settled, ANSWER)
    ledger.forfeit(forfeited, "timeout")
    ledger.release(settled, "too late")
    ledger.forfeit(settled, "too late")
    ledger.release(forfeited, "too late")
    assert ledger.spending(1).n_calls == 2
    assert ledger.spending(1).cost_usd == 1.125
    assert ledger.find_answer(IDENTITY, "a") is not None


def test_an_answer_is_found_whole_from_every_project_and_costs_nothing_again(ledger: Ledger) -> None:
    ledger.settle(reserve(ledger), ANSWER)
    assert ledger.find_answer(IDENTITY, "h") == replace(ANSWER, cost_usd=0.0, from_ledger=True)


def test_an_answer_without_a_label_is_an_answer(ledger: Ledger) -> None:
    ledger.settle(reserve(ledger), TeacherAnswer(label=None, raw="no idea", no_label_reason="refused"))
    found = ledger.find_answer(IDENTITY, "h")
    assert found is not None
    assert (found.label, found.no_label_reason, found.raw) == (None, "refused", "no idea")


@pytest.mark.parametrize(
    ("identity", "text_hash"),
    [
        (replace(IDENTITY, prompt_version="p2"), "h"),
        (replace(IDENTITY, model="other"), "h"),
        (replace(IDENTITY, server="https://two.example/v1"), "h"),
        (IDENTITY, "another text"),
    ],
    ids=["prompt", "model", "server", "text"],
)
def test_another_question_is_another_call(ledger: Ledger, identity: TeacherIdentity, text_hash: str) -> None:
    ledger.settle(reserve(ledger), ANSWER)
    assert ledger.find_answer(identity, text_hash) is None
    reserve(ledger, text_hash, identity=identity)


def test_an_answer_from_before_servers_were_written_down_is_still_one(ledger: Ledger) -> None:
    ledger.settle(reserve(ledger, identity=replace(IDENTITY, server="")), ANSWER)
    assert ledger.find_answer(IDENTITY, "h") is not None
    with pytest.raises(AlreadyAsked):
        reserve(ledger)


def test_calls_without_an_answer_answer_nothing(ledger: Ledger) -> None:
    reserve(ledger, "in flight")
    ledger.release(reserve(ledger, "released"), "x")
    ledger.forfeit(reserve(ledger, "forfeited"), "x")
    for text_hash in ("in flight", "released", "forfeited"):
        assert ledger.find_answer(IDENTITY, text_hash) is None


def test_what_is_under_way_is_not_asked_again_from_any_project(ledger: Ledger) -> None:
    call = reserve(ledger, project_id=1)
    assert ledger.is_under_way(IDENTITY, "h")
    with pytest.raises(AlreadyAsked):
        reserve(ledger, project_id=2)
    ledger.release(call, "refused")
    assert not ledger.is_under_way(IDENTITY, "h")
    reserve(ledger, project_id=2)


def test_what_is_answered_is_never_asked_again_from_any_project(ledger: Ledger, clock: HandClock) -> None:
    ledger.settle(reserve(ledger, project_id=1), ANSWER)
    clock.advance(10 * LOST_AFTER_S)
    assert not ledger.is_under_way(IDENTITY, "h")
    with pytest.raises(AlreadyAsked):
        reserve(ledger, project_id=2)
    assert ledger.total_spending().n_calls == 1


def test_a_call_that_was_forfeited_may_be_made_again(ledger: Ledger) -> None:
    ledger.forfeit(reserve(ledger), "timeout")
    reserve(ledger)
    assert ledger.spending(1).n_calls == 2


def test_a_call_that_is_open_for_too_long_is_lost_and_may_be_made_again(ledger: Ledger, clock: HandClock) -> None:
    reserve(ledger, project_id=1)
    clock.advance(LOST_AFTER_S - 1)
    with pytest.raises(AlreadyAsked):
        reserve(ledger, project_id=2)
    clock.advance(2)
    assert not ledger.is_under_way(IDENTITY, "h")
    reserve(ledger, project_id=2)
    assert ledger.spending(1) == Spending(n_calls=1, cost_usd=1.0, n_tokens=100)  # it may have been billed
    assert ledger.forfeit_lost(1) == 0


def test_no_room_in_the_budget_leaves_a_lost_call_as_it_was(ledger: Ledger, clock: HandClock) -> None:
    reserve(ledger)
    clock.advance(LOST_AFTER_S + 1)
    with pytest.raises(BudgetExceeded):
        reserve(ledger, budget=Budget(max_calls=1))
    assert ledger.forfeit_lost(1) == 1


def test_the_answer_of_a_call_that_was_given_up_for_lost_is_kept(ledger: Ledger) -> None:
    call = reserve(ledger)
    ledger.forfeit_lost(1)
    ledger.settle(call, ANSWER)
    assert ledger.find_answer(IDENTITY, "h") is not None
    assert ledger.spending(1).cost_usd == 0.125


def test_lost_calls_are_closed_in_one_project_alone_and_stay_spent(ledger: Ledger) -> None:
    ledger.settle(reserve(ledger, "a"), ANSWER)
    ledger.release(reserve(ledger, "b"), "refused")
    reserve(ledger, "c")
    reserve(ledger, "d", project_id=2)
    assert ledger.forfeit_lost(1) == 1
    assert ledger.spending(1).n_calls == 2
    assert ledger.spending(1).cost_usd == 1.125
    assert ledger.forfeit_lost(1) == 0
    assert ledger.forfeit_lost(2) == 1


def test_of_eight_threads_with_one_question_one_may_ask(ledger: Ledger) -> None:
    together = threading.Barrier(N_THREADS)

    def claim(project_id: int) -> bool:
        together.wait(10)
        try:
            reserve(ledger, project_id=project_id)
        except AlreadyAsked:
            return False
        return True

    with ThreadPoolExecutor(N_THREADS) as threads:
        assert sum(threads.map(claim, range(N_THREADS))) == 1


@pytest.mark.parametrize(
    "cap",
    [Budget(max_calls=20), Budget(max_tokens=2050), Budget(max_cost_usd=20.5)],
    ids=["calls", "tokens", "dollars"],
)
def test_eight_threads_of_as_many_projects_never_pass_a_cap_of_all_together(ledger: Ledger, cap: Budget) -> None:
    together = threading.Barrier(N_THREADS)

    def work(project_id: int) -> int:
        together.wait(10)
        for number in range(100):
            try:
                reserve(ledger, f"{project_id}-{number}", project_id=project_id, total_budget=cap)
            except BudgetExceeded:
                return number
        return 100

    with ThreadPoolExecutor(N_THREADS) as threads:
        assert sum(threads.map(work, range(N_THREADS))) == ledger.total_spending().n_calls == 20
