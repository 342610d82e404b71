"""Keeps a project's teacher within its budget: every call is booked before it is made."""

from __future__ import annotations

import math
from dataclasses import replace

from mraru.interfaces import Ledger, Teacher
from mraru.records import Budget, TeacherAnswer, hash_text
from mraru.teachers.guards.wrapped import WrappedTeacher
from mraru.teachers.servers.call_failures import CallRefused, CallUnavailable


class BudgetedTeacher(WrappedTeacher):
    """Reserves the most that a call can cost, makes it, and books what it did cost.

    The reservation is also the claim to the question: while it is open, and once it is answered, nobody else
    may make the same call.

    A call that failed is released only when it was surely not billed; what may have been billed, and whatever
    ended in a way nobody foresaw (Ctrl-C too), stays spent. A call whose answer the ledger failed to take
    stays reserved, which counts in full.
    """

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
        self._ledger = ledger
        self._project_id = project_id
        self._budget = budget
        self._total_budget = total_budget

    def cost_bound_usd(self, text: str) -> float:
        """What is reserved: the bound, multiplied where the model used more than its bound before."""
        return self._teacher.cost_bound_usd(text) * self._ledger.bound_factor(self._teacher.identity)

    def tokens_bound(self, text: str) -> int:
        """Likewise."""
        return math.ceil(self._teacher.tokens_bound(text) * self._ledger.bound_factor(self._teacher.identity))

    def label(self, text: str) -> TeacherAnswer:
        """Book, ask, book.

        Raises:
            AlreadyAsked: the same call is under way or answered elsewhere, so it was not made.
            RoomTaken: calls under way may use what is left of the budget, so it was not made yet.
            BudgetExceeded: the call could pass the budget, so it was not made.
            TeacherUnavailable, TeacherMisconfigured: as of the teacher within.
        """
        identity = self._teacher.identity_of(text)
        call_id = self._ledger.reserve(
            project_id=self._project_id,
            identity=identity,
            text_hash=hash_text(text),
            cost_bound_usd=self._teacher.cost_bound_usd(text),
            tokens_bound=self._teacher.tokens_bound(text),
            budget=self._budget,
            total_budget=self._total_budget,
            with_headroom=True,
        )
        try:
            answer = self._teacher.label(text)
        except (CallUnavailable, CallRefused) as exc:
            if exc.maybe_billed:
                self._ledger.forfeit(call_id, str(exc))
            else:
                self._ledger.release(call_id, str(exc))
            raise
        except BaseException as exc:
            # The name alone: nobody knows whether such a message holds the text.
            self._ledger.forfeit(call_id, type(exc).__name__)
            raise
        self._ledger.settle(call_id, answer)
        return replace(answer, prompt_version=identity.prompt_version)
