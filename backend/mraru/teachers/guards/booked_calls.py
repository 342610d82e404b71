"""A call that is booked: reserved in the ledger before it is made, settled after it, whatever it asks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from mraru.budget_records import Budget
from mraru.interfaces import Ledger
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.teachers.servers.call_failures import CallRefused, CallUnavailable

Ask = Callable[[], TeacherAnswer]  # makes one call


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCall:
    """What is known of a call before it is made."""

    identity: TeacherIdentity  # who answers
    question_hash: str  # names the question in the ledger: of a text to label, its hash
    cost_bound_usd: float  # the most that it can cost, as the teacher says
    tokens_bound: int  # prompt and answer


class BookedCalls:
    """Reserves the most that a call can cost, makes it, and books what it did cost.

    The reservation is also the claim to the question: while it is open, and once it is answered, nobody else
    may make the same call.

    A call that failed is released only when it was surely not billed; what may have been billed, and whatever
    ended in a way nobody foresaw (Ctrl-C too), stays spent. A call whose answer the ledger failed to take
    stays reserved, which counts in full.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        project_id: int,
        budget: Budget,
        total_budget: Budget | None = None,
    ) -> None:
        """Keep `budget` for this project, and with all other projects `total_budget`."""
        self._ledger = ledger
        self._project_id = project_id
        self._budget = budget
        self._total_budget = total_budget

    def reserved_usd(self, identity: TeacherIdentity, cost_bound_usd: float) -> float:
        """What is reserved: the bound, multiplied where the model used more than its bound before."""
        return cost_bound_usd * self._ledger.bound_factor(identity)

    def reserved_tokens(self, identity: TeacherIdentity, tokens_bound: int) -> int:
        """Likewise."""
        return math.ceil(tokens_bound * self._ledger.bound_factor(identity))

    def make(self, call: PlannedCall, ask: Ask) -> TeacherAnswer:
        """Book, ask, book.

        Raises:
            AlreadyAsked: the same call is under way or answered elsewhere, so it was not made.
            RoomTaken: calls under way may use what is left of the budget, so it was not made yet.
            BudgetExceeded: the call could pass the budget, so it was not made.
            TeacherUnavailable, TeacherMisconfigured: as of `ask`.
        """
        call_id = self._ledger.reserve(
            project_id=self._project_id,
            identity=call.identity,
            text_hash=call.question_hash,
            cost_bound_usd=call.cost_bound_usd,
            tokens_bound=call.tokens_bound,
            budget=self._budget,
            total_budget=self._total_budget,
            with_headroom=True,
        )
        try:
            answer = ask()
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
        return answer
