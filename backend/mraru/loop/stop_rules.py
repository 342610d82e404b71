"""Why no further round begins, in words that people read."""

from __future__ import annotations

from mraru.records import Budget, Spending


def budget_is_spent(spending: Spending, budget: Budget, least_cost_usd: float) -> str | None:
    """The budget leaves no room for even the cheapest call.

    >>> budget_is_spent(Spending(n_calls=5, cost_usd=0), Budget(max_calls=5, max_cost_usd=1), 0.0)
    'budget: 5 of 5 calls made (MRARU_MAX_CALLS)'
    """
    if spending.n_calls >= budget.max_calls:
        return f"budget: {spending.n_calls} of {budget.max_calls} calls made (MRARU_MAX_CALLS)"
    if spending.cost_usd + least_cost_usd > budget.max_cost_usd:
        return f"budget: ${spending.cost_usd:.4f} of ${budget.max_cost_usd:.2f} spent (MRARU_MAX_COST_USD)"
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
