"""What is told to Prometheus of budgets: what may be spent, and what counts against it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric

from mraru.bootstrap import Services
from mraru.errors import ProjectSettingInvalid
from mraru.settings import Settings
from mraru.settings.project_fields import override_settings
from mraru.store.ledger.metric_counts import CallCounts, MetricCounts

WHAT = {"calls": "Calls", "usd": "Dollars", "tokens": "Tokens"}  # by the last word of the name


@dataclass(slots=True)
class Amounts:
    """Of calls, dollars and tokens: a budget, or what counts against it."""

    calls: float = 0.0
    usd: float = 0.0
    tokens: float = 0.0

    def add(self, group: CallCounts) -> None:
        """Add what counts of these calls: those under way at the most that they can be."""
        self.calls += group.spent_calls
        self.usd += group.spent_usd
        self.tokens += group.spent_tokens


def list_budget_metrics(services: Services, counts: MetricCounts) -> Iterator[Metric]:
    """Of each project, and of all together."""
    spent, total = {project_id: Amounts() for project_id in counts.states}, Amounts()
    for group in counts.calls:
        total.add(group)
        if group.project_id in spent:
            spent[group.project_id].add(group)
    limits = {
        project_id: _limits(_override(services.settings, counts.settings.get(project_id, {})))
        for project_id in counts.states
    }
    budget = services.settings.total_budget
    all_limits = Amounts(
        _or_no_limit(budget.max_calls), _or_no_limit(budget.max_cost_usd), _or_no_limit(budget.max_tokens)
    )
    for what, words in WHAT.items():
        limit = GaugeMetricFamily(f"mraru_budget_{what}", f"{words} that may not be passed", labels=["project"])
        used = GaugeMetricFamily(f"mraru_spent_{what}", f"{words} that count against the budget", labels=["project"])
        for project_id in counts.states:
            limit.add_metric([str(project_id)], getattr(limits[project_id], what))
            used.add_metric([str(project_id)], getattr(spent[project_id], what))
        yield from (limit, used)
        yield GaugeMetricFamily(
            f"mraru_total_budget_{what}",
            f"{words} that all projects together may not pass",
            value=getattr(all_limits, what),
        )
        yield GaugeMetricFamily(
            f"mraru_total_spent_{what}",
            f"{words} of all projects together, forgotten ones too",
            value=getattr(total, what),
        )


def _override(settings: Settings, stored: Mapping[str, object]) -> Settings:
    try:
        return override_settings(settings, stored)
    except ProjectSettingInvalid:
        return settings  # the project's state says so


def _limits(settings: Settings) -> Amounts:
    return Amounts(
        _or_no_limit(settings.max_calls), _or_no_limit(settings.max_cost_usd), _or_no_limit(settings.max_tokens)
    )


def _or_no_limit(limit: float | None) -> float:
    return math.inf if limit is None else limit
