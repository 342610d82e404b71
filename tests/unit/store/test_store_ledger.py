from __future__ import annotations

import pytest

from fakes.clocks import HandClock
from mraru.errors import BudgetExceeded
from mraru.records import Budget, Spending, TeacherAnswer, TeacherIdentity, Usage
from mraru.store.store import Store

AMPLE = Budget(max_calls=1000, max_cost_usd=1000.0)
IDENTITY = TeacherIdentity(model="gpt", prompt_version="p1")
ANSWER = TeacherAnswer(
    label="A",
    raw='{"label": "A"}',
    usage=Usage(prompt_tokens=10, completion_tokens=2),
    cost_usd=0.1,
    latency_s=1.5,
    request_id="r",
)


def reserve(
    store: Store,
    *,
    project_id: int = 1,
    budget: Budget = AMPLE,
    bound: float = 1.0,
    text_hash: str = "h",
    identity: TeacherIdentity = IDENTITY,
) -> int:
    return store.ledger.reserve(
        project_id=project_id, identity=identity, text_hash=text_hash, cost_bound_usd=bound, budget=budget
    )


def test_the_budget_in_calls_stops_before_the_call_that_would_exceed_it(store: Store) -> None:
    budget = Budget(max_calls=2, max_cost_usd=100.0)
    reserve(store, budget=budget)
    reserve(store, budget=budget)
    with pytest.raises(BudgetExceeded, match=r"2 of 2 calls.*MRARU_MAX_CALLS"):
        reserve(store, budget=budget)
    assert store.ledger.spending(1).n_calls == 2


def test_the_budget_in_dollars_stops_before_the_call_that_would_exceed_it(store: Store) -> None:
    budget = Budget(max_calls=100, max_cost_usd=2.5)
    reserve(store, budget=budget, bound=1.0)
    reserve(store, budget=budget, bound=1.5)  # up to the last cent
    with pytest.raises(BudgetExceeded, match="MRARU_MAX_COST_USD"):
        reserve(store, budget=budget, bound=0.01)
    assert store.ledger.spending(1).cost_usd == 2.5


def test_a_budget_of_nothing_allows_no_call(store: Store) -> None:
    with pytest.raises(BudgetExceeded):
        reserve(store, budget=Budget(max_calls=0, max_cost_usd=5.0), bound=0.0)


def test_a_settled_call_counts_at_what_it_cost(store: Store) -> None:
    store.ledger.settle(reserve(store, bound=1.0), ANSWER)
    assert store.ledger.spending(1) == Spending(n_calls=1, cost_usd=0.1, prompt_tokens=10, completion_tokens=2)


def test_a_call_in_flight_counts_in_full(store: Store) -> None:
    store.ledger.settle(reserve(store, bound=1.0), ANSWER)
    reserve(store, bound=1.0)
    assert store.ledger.spending(1) == Spending(n_calls=2, cost_usd=1.1, prompt_tokens=10, completion_tokens=2)


def test_a_released_call_costs_nothing_and_makes_room(store: Store) -> None:
    budget = Budget(max_calls=1, max_cost_usd=1.0)
    store.ledger.release(reserve(store, budget=budget), "connection refused")
    assert store.ledger.spending(1) == Spending(n_calls=0, cost_usd=0.0)
    reserve(store, budget=budget)


def test_a_forfeited_call_stays_spent(store: Store) -> None:
    budget = Budget(max_calls=1, max_cost_usd=5.0)
    store.ledger.forfeit(reserve(store, budget=budget), "timeout")
    assert store.ledger.spending(1) == Spending(n_calls=1, cost_usd=1.0)
    with pytest.raises(BudgetExceeded):
        reserve(store, budget=budget)


def test_each_project_has_a_budget_of_its_own(store: Store) -> None:
    budget = Budget(max_calls=1, max_cost_usd=1.0)
    reserve(store, project_id=1, budget=budget)
    reserve(store, project_id=2, budget=budget)
    assert store.ledger.spending(3) == Spending(n_calls=0, cost_usd=0.0)


def test_lost_calls_are_closed_in_this_project_alone_and_stay_spent(store: Store) -> None:
    settled = reserve(store, project_id=1, text_hash="a")
    store.ledger.settle(settled, ANSWER)
    store.ledger.release(reserve(store, project_id=1, text_hash="b"), "refused")
    reserve(store, project_id=1, text_hash="c")
    reserve(store, project_id=2, text_hash="c")
    assert store.ledger.forfeit_lost(1) == 1
    assert store.ledger.spending(1) == Spending(n_calls=2, cost_usd=1.1, prompt_tokens=10, completion_tokens=2)
    assert store.ledger.forfeit_lost(1) == 0
    assert store.ledger.forfeit_lost(2) == 1


def test_an_answer_is_found_from_every_project_and_costs_nothing_again(store: Store) -> None:
    store.ledger.settle(reserve(store, project_id=1, text_hash="h"), ANSWER)
    assert store.ledger.find_answer(IDENTITY, "h") == TeacherAnswer(
        label="A",
        raw='{"label": "A"}',
        usage=Usage(prompt_tokens=10, completion_tokens=2),
        cost_usd=0.0,
        latency_s=1.5,
        request_id="r",
        from_ledger=True,
    )


@pytest.mark.parametrize(
    ("identity", "text_hash"),
    [
        (TeacherIdentity(model="gpt", prompt_version="p2"), "h"),
        (TeacherIdentity(model="other", prompt_version="p1"), "h"),
        (IDENTITY, "another text"),
    ],
)
def test_an_answer_to_another_question_is_not_found(store: Store, identity: TeacherIdentity, text_hash: str) -> None:
    store.ledger.settle(reserve(store, text_hash="h"), ANSWER)
    assert store.ledger.find_answer(identity, text_hash) is None


def test_calls_without_an_answer_answer_nothing(store: Store) -> None:
    reserve(store, text_hash="in flight")
    store.ledger.release(reserve(store, text_hash="released"), "x")
    store.ledger.forfeit(reserve(store, text_hash="forfeited"), "x")
    for text_hash in ("in flight", "released", "forfeited"):
        assert store.ledger.find_answer(IDENTITY, text_hash) is None


def test_an_answer_without_a_label_is_an_answer(store: Store) -> None:
    store.ledger.settle(reserve(store), TeacherAnswer(label=None, raw="no idea", no_label_reason="refused"))
    found = store.ledger.find_answer(IDENTITY, "h")
    assert found is not None
    assert (found.label, found.no_label_reason, found.raw) == (None, "refused", "no idea")


def test_the_first_answer_stays_the_answer(store: Store, clock: HandClock) -> None:
    store.ledger.settle(reserve(store), ANSWER)
    store.ledger.settle(reserve(store, project_id=2), TeacherAnswer(label="B", raw="B"))
    found = store.ledger.find_answer(IDENTITY, "h")
    assert found is not None
    assert found.label == "A"
