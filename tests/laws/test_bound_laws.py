"""What every ledger does about calls that used more than the most that was reserved for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from fakes.ledger import InMemoryLedger
from fakes.reserving import LAW_IDENTITY as IDENTITY
from fakes.reserving import reserve
from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded
from mraru.records import TeacherAnswer, Usage
from mraru.store.ledger.ledger_repository import LedgerRepository

N_THREADS = 8
ANSWER = TeacherAnswer(label="A", raw="A", usage=Usage(prompt_tokens=10, completion_tokens=2), cost_usd=0.125)
Ledger = InMemoryLedger | LedgerRepository
ELEVENFOLD = replace(ANSWER, usage=Usage(prompt_tokens=100, completion_tokens=1000), cost_usd=11.0)


def test_a_call_beyond_its_bound_counts_in_full_and_as_much_more_is_reserved_from_then_on(ledger: Ledger) -> None:
    assert ledger.bound_factor(IDENTITY) == 1.0
    ledger.settle(reserve(ledger, "first"), ELEVENFOLD)
    assert ledger.bound_factor(IDENTITY) == 11.0
    reserve(ledger, "second")
    assert ledger.spending(1).cost_usd == 22.0
    assert ledger.spending(1).n_tokens == 2200
    with pytest.raises(BudgetExceeded):
        reserve(ledger, "third", budget=Budget(max_cost_usd=32.9))
    with pytest.raises(BudgetExceeded):
        reserve(ledger, "third", budget=Budget(max_tokens=3299))
    reserve(ledger, "third", budget=Budget(max_cost_usd=33.0, max_tokens=3300))


def test_the_largest_overrun_of_the_bound_counts_not_that_of_what_was_reserved(ledger: Ledger) -> None:
    ledger.settle(reserve(ledger, "first"), ELEVENFOLD)
    ledger.settle(reserve(ledger, "as before"), ELEVENFOLD)
    ledger.settle(reserve(ledger, "less"), ANSWER)
    assert ledger.bound_factor(IDENTITY) == 11.0
    ledger.settle(reserve(ledger, "twice that"), replace(ELEVENFOLD, cost_usd=22.0))
    assert ledger.bound_factor(IDENTITY) == pytest.approx(22.0)


@pytest.mark.parametrize("used", [{"cost_usd": 3.0}, {"usage": Usage(prompt_tokens=150, completion_tokens=150)}])
def test_dollars_or_tokens_alone_make_a_call_one_beyond_its_bound(ledger: Ledger, used: dict[str, object]) -> None:
    ledger.settle(reserve(ledger), replace(ANSWER, **used))
    assert ledger.bound_factor(IDENTITY) == pytest.approx(3.0)


def test_calls_under_way_count_as_if_they_too_went_beyond_their_bound(ledger: Ledger) -> None:
    first, *others = (reserve(ledger, text_hash) for text_hash in ("a", "b", "c"))
    ledger.settle(first, ELEVENFOLD)
    assert ledger.spending(1).cost_usd == pytest.approx(33.0)
    assert ledger.spending(1).n_tokens >= 3300
    for call in others:
        ledger.settle(call, ELEVENFOLD)
    assert ledger.bound_factor(IDENTITY) == pytest.approx(11.0)  # none of them multiplied it once more
    assert ledger.spending(1).cost_usd == pytest.approx(33.0)


def test_another_model_or_server_keeps_its_bound(ledger: Ledger) -> None:
    ledger.settle(reserve(ledger), ELEVENFOLD)
    for other in (replace(IDENTITY, model="other"), replace(IDENTITY, server="https://two.example/v1")):
        assert ledger.bound_factor(other) == 1.0
    assert ledger.bound_factor(replace(IDENTITY, prompt_version="p2")) == 11.0


def test_tokens_that_were_not_all_counted_are_at_least_those_that_were_booked(ledger: Ledger) -> None:
    ledger.settle(reserve(ledger), replace(ANSWER, usage=Usage(), booked_tokens=1100))
    assert ledger.spending(1).n_tokens == 1100
    assert ledger.bound_factor(IDENTITY) == 11.0


def test_a_free_call_has_no_bound_to_go_beyond(ledger: Ledger) -> None:
    ledger.settle(reserve(ledger, usd=0.0, tokens=0), replace(ANSWER, cost_usd=0.0))
    assert ledger.bound_factor(IDENTITY) == 1.0


def test_threads_that_go_beyond_the_bound_agree_on_the_largest(ledger: Ledger) -> None:
    numbers = range(1, 4 * N_THREADS + 1)
    booked = {number: reserve(ledger, f"text {number}") for number in numbers}
    with ThreadPoolExecutor(N_THREADS) as threads:
        list(
            threads.map(lambda number: ledger.settle(booked[number], replace(ANSWER, cost_usd=float(number))), numbers)
        )
    assert ledger.bound_factor(IDENTITY) == pytest.approx(max(numbers))
    assert ledger.spending(1).cost_usd == pytest.approx(sum(numbers))
