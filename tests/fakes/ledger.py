"""A ledger in memory, with the meaning of the stored one: calls in flight count in full, and claim their question."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from mraru.budget_records import Budget, Spending
from mraru.errors import AlreadyAsked, BudgetExceeded, RoomTaken
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.store.ledger.headroom import OVERRUN_ROOM


@dataclass(slots=True, kw_only=True)
class Call:
    """One line of the book."""

    project_id: int
    identity: TeacherIdentity
    text_hash: str
    cost_usd: float  # the bound while in flight and when forfeited
    n_tokens: int  # likewise
    created_at: float
    factor: float  # of these to the bounds
    state: str = "reserved"  # then settled, released or forfeited
    answer: TeacherAnswer | None = None
    error: str | None = None

    def is_about(self, identity: TeacherIdentity, text_hash: str) -> bool:
        """Whether it is the same question; a row without a server is of any."""
        known, is_same_text = self.identity, self.text_hash == text_hash
        is_same_model = known.model == identity.model and known.server in ("", identity.server)
        return is_same_text and is_same_model and known.prompt_version in identity.versions


class InMemoryLedger:
    """Fills the protocol Ledger; `calls` shows the whole book."""

    def __init__(self, clock: Callable[[], float] = lambda: 0.0, lost_after_s: float = 600.0) -> None:
        self.calls: list[Call] = []
        self._clock = clock
        self._lost_after_s = lost_after_s
        self._factors: dict[tuple[str, str], float] = {}  # by server and model
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
        with_headroom: bool = False,
    ) -> int:
        with self._guard:
            same = [call for call in self.calls if call.is_about(identity, text_hash)]
            if any(call.state == "settled" or self._is_alive(call) for call in same):
                raise AlreadyAsked
            factor = self._factor(identity)
            cost_bound_usd, tokens_bound = cost_bound_usd * factor, math.ceil(tokens_bound * factor)
            for spent, limits in ((self._spending(project_id), budget), (self._spending(None), total_budget)):
                cap = limits and limits.cap_passed_by(spent, cost_usd=cost_bound_usd, n_tokens=tokens_bound)
                if cap:
                    raise BudgetExceeded(f"no room for another call: {cap}")
                if with_headroom:
                    whose = project_id if limits is budget else None
                    self._check_headroom(whose, limits, cost_bound_usd, tokens_bound, factor)
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
                    factor=factor,
                )
            )
            return len(self.calls)

    def _check_headroom(
        self, project_id: int | None, limits: Budget | None, cost_usd: float, n_tokens: int, factor: float
    ) -> None:
        under_way = [call for call in self.calls if self._is_alive(call) and project_id in (None, call.project_id)]
        if limits is None or not under_way:
            return
        times = max(OVERRUN_ROOM / factor, 1.0)
        cost_usd, n_tokens = times * cost_usd, int(times * n_tokens)
        for call in under_way:
            beyond = max(OVERRUN_ROOM / call.factor, 1.0) - 1
            cost_usd, n_tokens = cost_usd + beyond * call.cost_usd, n_tokens + int(beyond * call.n_tokens)
        spent = replace(self._spending(project_id), n_calls=-1)  # calls cannot be overrun
        if limits.cap_passed_by(spent, cost_usd=cost_usd, n_tokens=n_tokens):
            raise RoomTaken

    def is_under_way(self, identity: TeacherIdentity, text_hash: str) -> bool:
        with self._guard:
            return any(self._is_alive(call) and call.is_about(identity, text_hash) for call in self.calls)

    def bound_factor(self, identity: TeacherIdentity) -> float:
        with self._guard:
            return self._factor(identity)

    def settle(self, call_id: int, answer: TeacherAnswer) -> None:
        with self._guard:
            call = self.calls[call_id - 1]
            if call.state in ("reserved", "forfeited"):
                n_counted = answer.usage.prompt_tokens + answer.usage.completion_tokens
                n_tokens = max(n_counted, answer.booked_tokens)
                self._grow(call, max(_ratio(answer.cost_usd, call.cost_usd), _ratio(n_tokens, call.n_tokens)))
                call.state, call.error = "settled", None
                call.answer, call.cost_usd = answer, answer.cost_usd
                call.n_tokens = n_counted or max(call.n_tokens, answer.booked_tokens)

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

    def _factor(self, identity: TeacherIdentity) -> float:
        return self._factors.get((identity.server, identity.model), 1.0)

    def _grow(self, call: Call, of_reserved: float) -> None:
        factor = call.factor * of_reserved
        if factor <= self._factor(call.identity) * (1 + 1e-9):
            return
        self._factors[call.identity.server, call.identity.model] = factor
        for other in self.calls:
            is_same = (other.identity.server, other.identity.model) == (call.identity.server, call.identity.model)
            if is_same and other is not call and other.state == "reserved" and other.factor < factor:
                growth = factor / other.factor
                other.cost_usd, other.n_tokens = other.cost_usd * growth, math.ceil(other.n_tokens * growth)
                other.factor = factor

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


def _ratio(used: float, reserved: float) -> float:
    return used / reserved if reserved > 0 else 0.0
