"""What the LLM has cost a project, what it has saved, and what is left."""

from __future__ import annotations

from dataclasses import dataclass

from mraru.bootstrap import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFigures:
    """Dollars of one project."""

    spent_usd: float  # calls under way, and failed ones that may have been billed, at the most that they can cost
    n_asked: int  # distinct texts about which an LLM answered
    n_texts: int  # distinct texts of the project
    usd_per_text: float | None  # None: no LLM has answered yet
    everything_usd: float | None  # what asking about every text would cost at that price
    saved_usd: float | None  # `everything_usd` less what was spent, never below 0


def read_money(services: Services, project_id: int) -> MoneyFigures:
    """Read a project's money from the ledger."""
    store = services.store
    spent_usd = store.ledger.spending(project_id).cost_usd
    return count_money(spent_usd, store.costs.count_asked(project_id), store.tasks.count_texts(project_id))


def count_money(spent_usd: float, n_asked: int, n_texts: int) -> MoneyFigures:
    """What was spent, against what asking an LLM about every text would have cost at the mean price of a text so far.

    Retries and answers of several LLMs are part of a text's price, since they would be for the others too.

    >>> money = count_money(0.5, n_asked=100, n_texts=1000)
    >>> money.usd_per_text, money.everything_usd, money.saved_usd
    (0.005, 5.0, 4.5)
    >>> count_money(0.0, n_asked=0, n_texts=1000).saved_usd is None
    True
    """
    usd_per_text = spent_usd / n_asked if n_asked else None
    everything_usd = usd_per_text * n_texts if usd_per_text is not None else None
    return MoneyFigures(
        spent_usd=spent_usd,
        n_asked=n_asked,
        n_texts=n_texts,
        usd_per_text=usd_per_text,
        everything_usd=everything_usd,
        saved_usd=max(0.0, everything_usd - spent_usd) if everything_usd is not None else None,
    )
