"""The books of a call, whatever is asked: by a teacher about a text, or for a definition."""

from __future__ import annotations

import pytest

from fakes.ledger import InMemoryLedger
from mraru.budget_records import Budget
from mraru.errors import AlreadyAsked, BudgetExceeded
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.teachers.guards.booked_calls import BookedCalls, PlannedCall
from mraru.teachers.servers.call_failures import CallUnavailable

LLM = TeacherIdentity(model="m", prompt_version="1")
PLANNED = PlannedCall(identity=LLM, question_hash="q", cost_bound_usd=1.0, tokens_bound=100)
ANSWER = TeacherAnswer(label=None, raw="A definition.", cost_usd=0.25)


def test_a_call_is_reserved_in_full_while_it_is_made_and_settled_at_its_cost() -> None:
    ledger = InMemoryLedger()
    during: list[float] = []

    def ask() -> TeacherAnswer:
        during.append(ledger.spending(1).cost_usd)
        return ANSWER

    calls = BookedCalls(ledger, project_id=1, budget=Budget())
    assert calls.make(PLANNED, ask) == ANSWER
    assert during == [1.0]
    assert ledger.spending(1).cost_usd == 0.25
    with pytest.raises(AlreadyAsked):
        calls.make(PLANNED, ask)
    assert len(during) == 1


@pytest.mark.parametrize(
    ("error", "state", "told"),
    [
        (CallUnavailable("turned away", maybe_billed=False), "released", "turned away"),
        (CallUnavailable("too slow", maybe_billed=True), "forfeited", "too slow"),
        (ValueError("about: the text"), "forfeited", "ValueError"),
    ],
)
def test_only_what_was_surely_not_billed_is_freed(error: Exception, state: str, told: str) -> None:
    ledger = InMemoryLedger()

    def fail() -> TeacherAnswer:
        raise error

    with pytest.raises(type(error)):
        BookedCalls(ledger, project_id=1, budget=Budget()).make(PLANNED, fail)
    assert ledger.states == [state]
    assert ledger.calls[0].error == told


def test_what_could_pass_the_budget_is_not_made() -> None:
    calls = BookedCalls(InMemoryLedger(), project_id=1, budget=Budget(max_calls=9, max_cost_usd=0.9))
    with pytest.raises(BudgetExceeded):
        calls.make(PLANNED, lambda: pytest.fail("was asked"))


def test_a_call_that_cost_more_than_its_bound_makes_the_next_reservation_larger() -> None:
    ledger = InMemoryLedger()
    calls = BookedCalls(ledger, project_id=1, budget=Budget())
    assert (calls.reserved_usd(LLM, 1.0), calls.reserved_tokens(LLM, 100)) == (1.0, 100)
    calls.make(PLANNED, lambda: TeacherAnswer(label=None, raw="", cost_usd=1.5))
    assert calls.reserved_usd(LLM, 1.0) == pytest.approx(1.5)
    assert calls.reserved_tokens(LLM, 101) == 152
