"""Whether a further round begins: asks the stop rules what the store knows."""

from __future__ import annotations

from mraru.interfaces import Teacher
from mraru.loop.options import LoopOptions
from mraru.loop.rounds import RoundWork
from mraru.loop.stop_rules import budget_is_spent, pool_is_empty, rounds_are_done
from mraru.store.rounds import RoundKind
from mraru.store.store import Store


def reason_to_stop(
    store: Store, project_id: int, options: LoopOptions, teacher: Teacher, work: RoundWork, n_pool: int
) -> str | None:
    """Why no further round of a project begins, in words that people read; None if one does."""
    rounds = store.rounds.list_all(project_id)
    sampled = [round_ for round_ in rounds if round_.kind in (RoundKind.MRARU, RoundKind.RANDOM)]
    unasked = store.tasks.load_texts(project_id, work.list_unasked(sampled[-1])) if sampled else {}
    texts = unasked.values() or [""]
    least_cost_usd, least_tokens = min(map(teacher.cost_bound_usd, texts)), min(map(teacher.tokens_bound, texts))
    spent, total_spent = store.ledger.spending(project_id), store.ledger.total_spending()
    return (
        pool_is_empty(n_pool)
        or rounds_are_done(len(sampled), options.max_rounds)
        or budget_is_spent(spent, options.budget, least_cost_usd=least_cost_usd, least_tokens=least_tokens)
        or budget_is_spent(
            total_spent, options.total_budget, least_cost_usd=least_cost_usd, least_tokens=least_tokens, of_all=True
        )
        or _nothing_was_accepted(store, project_id, n_pool)
    )


def _nothing_was_accepted(store: Store, project_id: int, n_pool: int) -> str | None:
    """The last round accepted nothing, and neither student nor pool has changed since."""
    rounds = store.rounds.list_all(project_id)
    if rounds and rounds[-1].n_visited and not rounds[-1].n_accepted and rounds[-1].n_pool == n_pool:
        return str(rounds[-1].selection_end)
    return None
