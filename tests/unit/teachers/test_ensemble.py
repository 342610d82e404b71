from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.ledger import InMemoryLedger
from fakes.members import SureTeacher, as_members
from fakes.teachers import SimulatedTeacher
from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded, TeacherUnavailable
from mraru.interfaces import Teacher
from mraru.records import TeacherAnswer, TeacherIdentity, Vote, hash_text
from mraru.teachers.combined.ensemble import EnsembleTeacher
from mraru.teachers.combined.several_teachers import NamedTeacher
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.guards.cached_answers import CachedTeacher

LABELS = ("x", "y", "z")


def say(label: str | None) -> Callable[[str], str | None]:
    return lambda text: label


def ensemble(*teachers: SimulatedTeacher) -> EnsembleTeacher:
    return EnsembleTeacher(as_members(*teachers), LABELS)


def booked(ledger: InMemoryLedger, budget: Budget, *teachers: SimulatedTeacher) -> EnsembleTeacher:
    members: list[NamedTeacher] = []
    for teacher in teachers:
        kept: Teacher = CachedTeacher(BudgetedTeacher(teacher, ledger, project_id=1, budget=budget), ledger)
        members.append(NamedTeacher(name=teacher.identity.model, teacher=kept))
    return EnsembleTeacher(members, LABELS)


def test_the_majority_decides_and_the_shares_of_the_votes_are_the_probabilities() -> None:
    answer = ensemble(SureTeacher("a", say("y")), SureTeacher("b", say("x")), SureTeacher("c", say("y"))).label("text")
    assert answer.label == "y"
    assert answer.probabilities == (("x", pytest.approx(1 / 3)), ("y", pytest.approx(2 / 3)), ("z", 0.0))
    assert answer.votes == (Vote(teacher="a", label="y"), Vote(teacher="b", label="x"), Vote(teacher="c", label="y"))


def test_what_was_paid_now_is_added_up() -> None:
    answer = ensemble(SureTeacher("a", say("x"), cost_usd=0.25), SureTeacher("b", say("x"), cost_usd=0.5)).label("text")
    assert answer.cost_usd == 0.75
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (20, 2)
    assert answer.from_ledger is False


def test_bounds_are_those_of_all_together() -> None:
    both = ensemble(SureTeacher("a", say("x"), cost_usd=0.25), SureTeacher("b", say("x"), cost_usd=0.5))
    assert (both.cost_bound_usd("text"), both.tokens_bound("text")) == (1.5, 40)


@pytest.mark.parametrize(
    ("sure", "label"), [((0.6, 0.9), "y"), ((0.9, 0.6), "x"), ((None, 0.9), "x"), ((0.7, 0.7), "x")]
)
def test_a_tie_goes_to_the_surer_or_else_to_the_earlier(sure: tuple[float | None, float], label: str) -> None:
    first, second = sure
    both = ensemble(SureTeacher("a", say("x"), lambda text: first), SureTeacher("b", say("y"), lambda text: second))
    assert both.label("text").label == label


def test_one_that_names_no_label_has_no_vote_and_without_votes_there_is_none() -> None:
    answer = ensemble(SureTeacher("a", say(None)), SureTeacher("b", say("y"))).label("text")
    assert (answer.label, answer.no_label_reason) == ("y", None)
    assert answer.probabilities == (("x", 0.0), ("y", 1.0), ("z", 0.0))
    nothing = ensemble(SureTeacher("a", say(None)), SureTeacher("b", say(None))).label("text")
    assert (nothing.label, nothing.probabilities) == (None, None)
    assert nothing.no_label_reason == "a: the simulated teacher named none; b: the simulated teacher named none"


def test_the_identity_names_the_members_prompts_and_order() -> None:
    a, b = SureTeacher("a", say("x")), SureTeacher("b", say("x"))
    assert ensemble(a, b).identity == ensemble(a, b).identity
    assert ensemble(a, b).identity.model == "ensemble"
    before = ensemble(a, b).identity
    assert ensemble(b, a).identity != before
    b.identity = TeacherIdentity(model="b", prompt_version="p2")
    assert ensemble(a, b).identity != before


def test_votes_that_were_paid_make_the_label_when_the_budget_ends_between_them() -> None:
    ledger, a, b = InMemoryLedger(), SureTeacher("a", say("x"), cost_usd=0.1), SureTeacher("b", say("y"), cost_usd=0.1)
    both = booked(ledger, Budget(max_calls=3), a, b)
    assert both.label("one").label == "x"
    answer = both.label("two")
    assert (answer.label, answer.votes) == ("x", (Vote(teacher="a", label="x"),))
    with pytest.raises(BudgetExceeded):
        both.label("three")
    assert (a.asked, b.asked) == (["one", "two"], ["one"])


def test_no_label_is_not_written_down_while_a_teacher_was_left_out_for_money() -> None:
    ledger, a, b = InMemoryLedger(), SureTeacher("a", say(None)), SureTeacher("b", say("y"))
    with pytest.raises(BudgetExceeded):
        booked(ledger, Budget(max_calls=1), a, b).label("one")
    assert booked(ledger, Budget(max_calls=2), a, b).label("one").label == "y"
    assert (a.asked, b.asked) == (["one"], ["one"])


def test_a_member_that_fails_leaves_the_others_answers_in_the_ledger() -> None:
    ledger, a, b = InMemoryLedger(), SureTeacher("a", say("x"), cost_usd=0.1), SureTeacher("b", say("x"), cost_usd=0.1)

    def fail(text: str) -> None:
        raise TeacherUnavailable

    b.before_call = fail
    both = booked(ledger, Budget(), a, b)
    with pytest.raises(TeacherUnavailable):
        both.label("text")
    b.before_call = lambda text: None
    answer = both.label("text")
    assert (a.asked, b.asked) == (["text"], ["text"])
    assert (answer.cost_usd, answer.from_ledger) == (0.1, False)
    again = both.label("text")
    assert (again.label, again.cost_usd, again.from_ledger) == ("x", 0.0, True)
    assert (a.asked, b.asked) == (["text"], ["text"])


def test_nothing_is_paid_twice_between_an_ensemble_and_a_single_teacher() -> None:
    ledger, a, b = InMemoryLedger(), SureTeacher("a", say("x")), SureTeacher("b", say("x"))
    CachedTeacher(BudgetedTeacher(a, ledger, project_id=2, budget=Budget()), ledger).label("text")
    booked(ledger, Budget(), a, b).label("text")
    assert (a.asked, b.asked) == (["text"], ["text"])


def test_an_earlier_answer_is_recalled_only_where_all_gave_theirs() -> None:
    ledger, a, b = InMemoryLedger(), SureTeacher("a", say("x")), SureTeacher("b", say("x"))
    both = booked(ledger, Budget(), a, b)

    def recall() -> TeacherAnswer | None:
        return both.recall("text", lambda identity: ledger.find_answer(identity, hash_text("text")))

    both.members[0].teacher.label("text")
    assert recall() is None
    both.label("text")
    known = recall()
    assert known is not None
    assert known.label == "x"
    assert (a.asked, b.asked) == (["text"], ["text"])
