"""Why no further round begins: all limits and all rules that hold, less those that people overruled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from mraru.budget_records import CostGroup
from mraru.interfaces import Teacher
from mraru.projects.stopping.limits import budget_is_spent, nothing_was_accepted, pool_is_empty, rounds_are_done
from mraru.projects.stopping.quality_rules import rules_that_hold
from mraru.projects.stopping.stopping_criterion import StoppingCriterion
from mraru.settings import Settings
from mraru.store.projects.round_repository import Round
from mraru.store.store import Store

logger = logging.getLogger(__name__)


class Stopping:
    """The stop rules of one project, over what its store holds."""

    def __init__(
        self,
        *,
        store: Store,
        project_id: int,
        config: Settings,
        clock: Callable[[], float],
        criteria: Sequence[StoppingCriterion] = (),
    ) -> None:
        """Nothing is decided yet; `criteria` are those of other packages, beside our rules."""
        self._store = store
        self._project_id = project_id
        self._config = config
        self._clock = clock
        self._criteria = criteria

    def reason(self, *, teacher: Teacher, unasked: Callable[[Round], list[str]], n_pool: int) -> str | None:
        """Every reason in words, the limits first; None if another round may begin.

        Args:
            unasked: hashes of a round's texts that nobody has labelled, which the next calls would be about.
            n_pool: unlabelled texts.
        """
        rounds = self._store.rounds.list_all(self._project_id)
        reasons = self._limits(rounds, teacher, unasked, n_pool) + self._rules(rounds)
        return "; ".join(reasons) or None

    def _limits(
        self, rounds: list[Round], teacher: Teacher, unasked: Callable[[Round], list[str]], n_pool: int
    ) -> list[str]:
        sampled = [round_ for round_ in rounds if round_.is_sampled]
        texts = self._store.tasks.load_texts(self._project_id, unasked(sampled[-1])) if sampled else {}
        next_texts = texts.values() or [""]
        least_cost_usd = min(map(teacher.cost_bound_usd, next_texts))
        least_tokens = min(map(teacher.tokens_bound, next_texts))
        spent, total_spent = self._store.ledger.spending(self._project_id), self._store.ledger.total_spending()
        config = self._config
        budget = self._store.project_settings.budget_of(self._project_id, config.budget)
        found = (
            pool_is_empty(n_pool),
            rounds_are_done(len(sampled), config.max_rounds),
            budget_is_spent(spent, budget, least_cost_usd=least_cost_usd, least_tokens=least_tokens),
            budget_is_spent(
                total_spent,
                config.total_budget,
                least_cost_usd=least_cost_usd,
                least_tokens=least_tokens,
                of_all=True,
            ),
            nothing_was_accepted(rounds, n_pool),
        )
        return [reason for reason in found if reason is not None]

    def _rules(self, rounds: list[Round]) -> list[str]:
        lines = self._store.costs.list_by(CostGroup.ROUND, self._project_id)
        costs_usd = {line.key[1]: line.cost_usd + line.forfeited_usd for line in lines if isinstance(line.key[1], int)}
        held = rules_that_hold(rounds, costs_usd, self._config, self._criteria)
        n_sampled = sum(round_.is_sampled for round_ in rounds)
        standing = self._store.stop_rules.note(self._project_id, held, n_sampled, self._clock())
        return list(standing.values())


def go_on(store: Store, project_id: int, n_rounds: int) -> list[str]:
    """Overrule the rules of quality that stand for `n_rounds` more rounds of the sampler, and return their names.

    Neither a budget nor an empty pool is overruled.
    """
    n_sampled = sum(round_.is_sampled for round_ in store.rounds.list_all(project_id))
    overruled = store.stop_rules.overrule(project_id, n_sampled + n_rounds)
    if overruled:
        logger.info(
            "project %d goes on for %d rounds in spite of: %s",
            project_id,
            n_rounds,
            ", ".join(overruled),
            extra={"event": "gone_on"},
        )
    return overruled
