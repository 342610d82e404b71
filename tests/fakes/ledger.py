"""A ledger in memory, with the meaning of the stored one: calls in flight count in full, and claim their question."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from mraru.errors import AlreadyAsked, BudgetExceeded
from mraru.records import Budget, Spending, TeacherAnswer, TeacherIdentity


@dataclass(slots=True, kw_only=True)
class Call:
    """One line of the book."""

    project_id: int
    identity: TeacherIdentity
    text_hash: str
    cost_usd: float  # the bound while in flight and when forfeited
    n_tokens: int  # likewise
    created_at: float
    state: str = "reserved"  # then settled, released or forfeited
    answer: TeacherAnswer | None = None
    error: str | None = None

    def is_about(self, identity: TeacherIdentity, text_hash: str) -> bool:
        """Whether it is the same question; a row without a server is of any."""
        if self.identity.server == "":
            identity = replace(identity, server="")
        return (self.identity, self.text_hash) == (identity, text_hash)


class InMemoryLedger:
    """Fills the protocol Ledger; `calls` shows the whole book."""

    def __init__(self, clock: Callable[[], float] = lambda: 0.0, lost_after_s: float = 600.0) -> None:
        self.calls: list[Call] = []
        self._clock = clock
        self._lost_after_s = lost_after_s
        self._guard = threading.Lock()

    def find_answer(self, identity: TeacherIdentity, text_hash: str) -> TeacherAnswer | None:
        with self._guard:
            for call in self.calls:
                if call.state == "settled" and call.answer is not None and call.is_about(identity, text_hash):
                    return replace(call.answer, from_ledger=True, cost_usd=0.0)
        return None

    def reserve(
        self,
        *,
        project_id: int,
        identity: TeacherIdentity,
        text_hash: str,
        cost_bound_usd: float,
        tokens_bound: int,
        budget: Budget,
        total_budget: Budget | None = None,
    ) -> int:
        with self._guard:
            same = [call for call in self.calls if call.is_about(identity, text_hash)]
            if any(call.state == "settled" or self._is_alive(call) for call in same):
                raise AlreadyAsked
            for spent, limits in ((self._spending(project_id), budget), (self._spending(None), total_budget)):
                cap = limits and limits.cap_passed_by(spent, cost_usd=cost_bound_usd, n_tokens=tokens_bound)
                if cap:
                    raise BudgetExceeded(f"no room for another call: {cap}")
            for call in same:
                if call.state == "reserved":
                    call.state, call.error = "forfeited", "lost"
            self.calls.append(
                Call(
                    project_id=project_id,
                    identity=identity,
                    text_hash=text_hash,
                    cost_usd=cost_bound_usd,
                    n_tokens=tokens_bound,
                    created_at=self._clock(),
                )
            )
            return len(self.calls)

    def is_under_way(self, identity: TeacherIdentity, text_hash: str) -> bool:
        with self._guard:
            return any(self._is_alive(call) and call.is_about(identity, text_hash) for call in self.calls)

    def settle(self, call_id: int, answer: TeacherAnswer) -> None:
        with self._guard:
            call = self.calls[call_id - 1]
            if call.state in ("reserved", "forfeited"):
                call.state, call.error = "settled", None
                call.answer, call.cost_usd = answer, answer.cost_usd
                call.n_tokens = answer.usage.prompt_tokens + answer.usage.completion_tokens or call.n_tokens

    def release(self, call_id: int, error: str) -> None:
        with self._guard:
            self._close(self.calls[call_id - 1], "released", error)

    def forfeit(self, call_id: int, error: str) -> None:
        with self._guard:
            self._close(self.calls[call_id - 1], "forfeited", error)

    def forfeit_lost(self, project_id: int) -> int:
        with self._guard:
            lost = [call for call in self.calls if call.project_id == project_id and call.state == "reserved"]
            for call in lost:
                self._close(call, "forfeited", "lost")
            return len(lost)

    def spending(self, project_id: int) -> Spending:
        with self._guard:
            return self._spending(project_id)

    def total_spending(self) -> Spending:
        with self._guard:
            return self._spending(None)

    @property
    def states(self) -> list[str]:
        """How the calls stand, in the order of booking."""
        with self._guard:
            return [call.state for call in self.calls]

    def _is_alive(self, call: Call) -> bool:
        return call.state == "reserved" and call.created_at > self._clock() - self._lost_after_s

    def _close(self, call: Call, state: str, error: str) -> None:
        if call.state == "reserved":
            call.state, call.error = state, error
            if state == "released":
                call.cost_usd, call.n_tokens = 0.0, 0

    def _spending(self, project_id: int | None) -> Spending:
        counted = [call for call in self.calls if project_id in (None, call.project_id) and call.state != "released"]
        answers = [call.answer for call in counted if call.answer is not None]
        return Spending(
            n_calls=len(counted),
            cost_usd=sum(call.cost_usd for call in counted),
            n_tokens=sum(call.n_tokens for call in counted),
            prompt_tokens=sum(answer.usage.prompt_tokens for answer in answers),
            completion_tokens=sum(answer.usage.completion_tokens for answer in answers),
        )
