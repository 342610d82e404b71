"""Keeps a project's teacher within its budget: every call is booked before it is made."""

from __future__ import annotations

from dataclasses import replace

from mraru.budget_records import Budget
from mraru.interfaces import Ledger, Teacher
from mraru.records import TeacherAnswer, hash_text
from mraru.teachers.guards.booked_calls import BookedCalls, PlannedCall
from mraru.teachers.guards.wrapped import WrappedTeacher


class BudgetedTeacher(WrappedTeacher):
    """Asks about each text in a call that is booked as `BookedCalls` says."""

    def __init__(
        self,
        teacher: Teacher,
        ledger: Ledger,
        *,
        project_id: int,
        budget: Budget,
        total_budget: Budget | None = None,
    ) -> None:
        """Keep `budget` for this project, and with all other projects `total_budget`."""
        super().__init__(teacher)
        self._calls = BookedCalls(ledger, project_id=project_id, budget=budget, total_budget=total_budget)

    def cost_bound_usd(self, text: str) -> float:
        """What is reserved: the bound, multiplied where the model used more than its bound before."""
        return self._calls.reserved_usd(self._teacher.identity, self._teacher.cost_bound_usd(text))

    def tokens_bound(self, text: str) -> int:
        """Likewise."""
        return self._calls.reserved_tokens(self._teacher.identity, self._teacher.tokens_bound(text))

    def label(self, text: str) -> TeacherAnswer:
        """Book, ask, book; raises what `BookedCalls.make` raises."""
        identity = self._teacher.identity_of(text)
        planned = PlannedCall(
            identity=identity,
            question_hash=hash_text(text),
            cost_bound_usd=self._teacher.cost_bound_usd(text),
            tokens_bound=self._teacher.tokens_bound(text),
        )
        answer = self._calls.make(planned, lambda: self._teacher.label(text))
        return replace(answer, prompt_version=identity.prompt_version)
