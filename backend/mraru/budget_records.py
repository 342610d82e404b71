"""What may be spent on teachers and what was: frozen records, one line a field."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be spent on teachers, by a project or by all together; no call may pass any of it."""

    max_calls: int | None = None  # None = no limit
    max_cost_usd: float | None = None
    max_tokens: int | None = None  # prompt and answer

    def cap_passed_by(self, spent: Spending, *, cost_usd: float, n_tokens: int) -> Cap | None:
        """The cap that one more call of this size would pass, if any.

        >>> Budget(max_calls=5).cap_passed_by(Spending(n_calls=5, cost_usd=0), cost_usd=0.0, n_tokens=0)
        <Cap.CALLS: 'calls'>
        """
        if self.max_calls is not None and spent.n_calls + 1 > self.max_calls:
            return Cap.CALLS
        if self.max_tokens is not None and spent.n_tokens + n_tokens > self.max_tokens:
            return Cap.TOKENS
        if self.max_cost_usd is not None and spent.cost_usd + cost_usd > self.max_cost_usd:
            return Cap.DOLLARS
        return None


class Cap(StrEnum):
    """What a budget limits."""

    CALLS = "calls"
    TOKENS = "tokens"
    DOLLARS = "dollars"


class CostGroup(StrEnum):
    """By what the costs of calls are added up."""

    PROJECT = "project"
    ROUND = "round"
    MODEL = "model"
    PROMPT = "prompt"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What was spent on teachers, calls in flight counted in full."""

    n_calls: int
    cost_usd: float
    n_tokens: int = 0  # what counts against the budget: where the server counted none, the most there can be
    prompt_tokens: int = 0  # as the server counted them
    completion_tokens: int = 0
