"""A ledger in memory, with the meaning of the stored one: calls in flight count in full."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from mraru.errors import BudgetExceeded
from mraru.records import Budget, Spending, TeacherAnswer, TeacherIdentity


@dataclass(slots=True, kw_only=True)
class Call:
    """One line of the book."""

    project_id: int
    identity: TeacherIdentity
    text_hash: str
    cost_usd: float  # the bound while in flight and when forfeited
    state: str = "reserved"  # then settled, released or forfeited
    answer: TeacherAnswer | None = None
    error: str | None = None


class InMemoryLedger:
    """Fills the protocol Ledger; `calls` shows the whole book."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._guard = threading.Lock()

    def find_answer(self, identity: TeacherIdentity, text_hash: str) -> TeacherAnswer | None:
        with self._guard:
            for call in self.calls:
                if call.state == "settled" and (call.identity, call.text_hash) == (identity, text_hash):
                    return call.answer
        return None

    def reserve(
        self,
        *,
        project_id: int,
        identity: TeacherIdentity,
        text_hash: str,
        cost_bound_usd: float,
        budget: Budget,
    ) -> int:
        with self._guard:
            spent = self._spending(project_id)
            if spent.n_calls + 1 > budget.max_calls:
                raise BudgetExceeded
            if spent.cost_usd + cost_bound_usd > budget.max_cost_usd:
                raise BudgetExceeded
            self.calls.append(
                Call(project_id=project_id, identity=identity, text_hash=text_hash, cost_usd=cost_bound_usd)
            )
            return len(self.calls)

    def settle(self, call_id: int, answer: TeacherAnswer) -> None:
        with self._guard:
            call = self._take(call_id, "settled")
            call.answer, call.cost_usd = answer, answer.cost_usd

    def release(self, call_id: int, error: str) -> None:
        with self._guard:
            call = self._take(call_id, "released")
            call.error, call.cost_usd = error, 0.0

    def forfeit(self, call_id: int, error: str) -> None:
        with self._guard:
            self._take(call_id, "forfeited").error = error

    def spending(self, project_id: int) -> Spending:
        with self._guard:
            return self._spending(project_id)

    @property
    def states(self) -> list[str]:
        """How the calls stand, in the order of booking."""
        with self._guard:
            return [call.state for call in self.calls]

    def _take(self, call_id: int, state: str) -> Call:
        call = self.calls[call_id - 1]
        if call.state != "reserved":
            raise ValueError(f"call {call_id} is {call.state} already")
        call.state = state
        return call

    def _spending(self, project_id: int) -> Spending:
        counted = [call for call in self.calls if call.project_id == project_id and call.state != "released"]
        answers = [call.answer for call in counted if call.answer is not None]
        return Spending(
            n_calls=len(counted),
            cost_usd=sum(call.cost_usd for call in counted),
            prompt_tokens=sum(answer.usage.prompt_tokens for answer in answers),
            completion_tokens=sum(answer.usage.completion_tokens for answer in answers),
        )
