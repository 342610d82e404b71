from __future__ import annotations

import pytest

from fakes.ledger import InMemoryLedger
from fakes.members import SureTeacher, as_members
from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded
from mraru.records import Vote
from mraru.teachers.combined.cascade import CascadeTeacher
from mraru.teachers.combined.several_teachers import NamedTeacher
from mraru.teachers.guards.budgeted import BudgetedTeacher


@pytest.fixture
def cheap() -> SureTeacher:
    """Sure of what ends in a digit above 7, unsure below, and without a word on `odd`."""
    return SureTeacher("cheap", lambda text: "x", lambda text: None if text == "odd" else int(text[-1]) / 10, 0.01)


@pytest.fixture
def dear() -> SureTeacher:
    return SureTeacher("dear", lambda text: "y", cost_usd=1.0)


def test_the_dear_one_is_asked_only_where_the_cheap_one_is_unsure(cheap: SureTeacher, dear: SureTeacher) -> None:
    cascade = CascadeTeacher(as_members(cheap, dear), unsure_below=0.8)
    labels = [cascade.label(text).label for text in ("t9", "t7", "t8", "odd", "t1")]
    assert labels == ["x", "y", "x", "y", "y"]
    assert cheap.asked == ["t9", "t7", "t8", "odd", "t1"]
    assert dear.asked == ["t7", "odd", "t1"]


def test_a_cheap_one_that_names_no_label_is_unsure(cheap: SureTeacher, dear: SureTeacher) -> None:
    cheap.answer = lambda text: None
    assert CascadeTeacher(as_members(cheap, dear), unsure_below=0.8).label("t9").label == "y"


def test_the_deciding_answer_counts_and_all_that_was_paid(cheap: SureTeacher, dear: SureTeacher) -> None:
    cascade = CascadeTeacher(as_members(cheap, dear), unsure_below=0.8)
    sure, unsure = cascade.label("t9"), cascade.label("t1")
    assert (dict(sure.probabilities or ())["x"], unsure.probabilities) == (0.9, None)
    assert (sure.votes, unsure.votes) == (
        (Vote(teacher="cheap", label="x"),),
        (Vote(teacher="cheap", label="x"), Vote(teacher="dear", label="y")),
    )
    assert (sure.cost_usd, unsure.cost_usd) == (0.01, 1.01)
    assert cascade.cost_bound_usd("t1") == pytest.approx(2.02)


def test_where_the_last_one_names_none_people_must_look(cheap: SureTeacher, dear: SureTeacher) -> None:
    dear.answer = lambda text: None
    answer = CascadeTeacher(as_members(cheap, dear), unsure_below=0.8).label("t1")
    assert (answer.label, answer.no_label_reason) == (None, "dear: the simulated teacher named none")


def test_without_money_for_the_dear_one_the_cheap_one_decides_if_it_named_a_label(
    cheap: SureTeacher, dear: SureTeacher
) -> None:
    ledger, budget = InMemoryLedger(), Budget(max_cost_usd=1.0)
    members = [
        NamedTeacher(name=teacher.identity.model, teacher=BudgetedTeacher(teacher, ledger, project_id=1, budget=budget))
        for teacher in (cheap, dear)
    ]
    cascade = CascadeTeacher(members, unsure_below=0.8)
    assert cascade.label("t1").label == "x"
    cheap.answer = lambda text: None
    with pytest.raises(BudgetExceeded):
        cascade.label("t2")
    assert dear.asked == []


def test_the_threshold_belongs_to_the_identity(cheap: SureTeacher, dear: SureTeacher) -> None:
    low, high = (CascadeTeacher(as_members(cheap, dear), unsure_below=limit).identity for limit in (0.5, 0.9))
    assert low != high
    assert low.model == "cascade"
