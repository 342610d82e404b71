from __future__ import annotations

import pytest

from fakes.ledger import InMemoryLedger
from fakes.teachers import SimulatedTeacher
from mraru.budget_records import Budget
from mraru.errors import TeacherUnavailable, WorkInterrupted
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.guards.pausable import PausableTeacher
from mraru.teachers.guards.retrying import RetryingTeacher


def test_a_paused_project_books_and_asks_nothing() -> None:
    ledger, asked = InMemoryLedger(), SimulatedTeacher(lambda text: "a")
    teacher = PausableTeacher(BudgetedTeacher(asked, ledger, project_id=1, budget=Budget()), lambda: True)
    with pytest.raises(WorkInterrupted, match="A person paused the project"):
        teacher.label("text")
    assert (asked.asked, ledger.calls) == ([], [])


def test_a_project_that_goes_on_is_asked_about() -> None:
    teacher = PausableTeacher(SimulatedTeacher(lambda text: "a"), lambda: False)
    assert teacher.label("text").label == "a"


def test_a_pause_between_two_attempts_keeps_the_second_from_being_made() -> None:
    asked, paused = SimulatedTeacher(lambda text: "a"), []

    def fail(text: str) -> None:
        raise TeacherUnavailable

    asked.before_call = fail
    teacher = RetryingTeacher(PausableTeacher(asked, lambda: bool(paused)), 5, sleep=lambda seconds: paused.append(1))
    with pytest.raises(WorkInterrupted):
        teacher.label("text")
    assert len(paused) == 1
