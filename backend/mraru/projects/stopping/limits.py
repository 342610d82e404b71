"""The limits of the rounds, in words that people read: what no rule may pass and nobody overrules."""

from __future__ import annotations

from collections.abc import Sequence

from mraru.budget_records import Budget, Cap, Spending
from mraru.store.projects.round_repository import Round


def budget_is_spent(
    spending: Spending, budget: Budget, *, least_cost_usd: float, least_tokens: int, of_all: bool = False
) -> str | None:
    """The budget, of the project or `of_all` projects together, leaves no room for even the smallest call.

    >>> budget_is_spent(Spending(n_calls=5, cost_usd=0), Budget(max_calls=5), least_cost_usd=0.0, least_tokens=0)
    'budget: 5 of 5 calls made (MRARU_MAX_CALLS)'
    """
    budget_of, setting = ("budget of all projects", "MRARU_TOTAL_MAX") if of_all else ("budget", "MRARU_MAX")
    match budget.cap_passed_by(spending, cost_usd=least_cost_usd, n_tokens=least_tokens):
        case Cap.CALLS:
            return f"{budget_of}: {spending.n_calls} of {budget.max_calls} calls made ({setting}_CALLS)"
        case Cap.TOKENS:
            return f"{budget_of}: {spending.n_tokens} of {budget.max_tokens} tokens used ({setting}_TOKENS)"
        case Cap.DOLLARS:
            return f"{budget_of}: ${spending.cost_usd:.4f} of ${budget.max_cost_usd:.2f} spent ({setting}_COST_USD)"
        case None:
            return None


def pool_is_empty(n_pool: int) -> str | None:
    """Every text has been asked about or labelled by people."""
    return "nothing is left to ask about" if n_pool == 0 else None


def rounds_are_done(n_rounds: int, max_rounds: int | None) -> str | None:
    """The number of rounds that was asked for is reached.

    >>> rounds_are_done(3, 3), rounds_are_done(99, None)
    ('3 of 3 rounds done (MRARU_MAX_ROUNDS)', None)
    """
    if max_rounds is None or n_rounds < max_rounds:
        return None
    return f"{n_rounds} of {max_rounds} rounds done (MRARU_MAX_ROUNDS)"


def nothing_was_accepted(rounds: Sequence[Round], n_pool: int) -> str | None:
    """The last round accepted nothing, and neither student nor pool has changed since."""
    if rounds and rounds[-1].n_visited and not rounds[-1].n_accepted and rounds[-1].n_pool == n_pool:
        return str(rounds[-1].selection_end)
    return None
