"""`mraru cost report`: what was paid, from the ledger alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mraru.bootstrap import Services
from mraru.budget_records import Budget, CostGroup, Spending
from mraru.errors import ProjectUnknown
from mraru.quantities import spell_quantity
from mraru.records import CHECKS_PROJECT
from mraru.store.ledger.costs import CostLine

TITLES: dict[CostGroup, tuple[str, tuple[str, ...]]] = {  # title, columns of the key
    CostGroup.PROJECT: ("By project", ("project",)),
    CostGroup.ROUND: ("By round", ("project", "round")),
    CostGroup.MODEL: ("By model", ("model", "server")),
    CostGroup.PROMPT: ("By prompt", ("project", "model", "prompt version")),
    CostGroup.DAY: ("By day (UTC)", ("day",)),
}
FIGURES: dict[str, Callable[[CostLine], str]] = {
    "answers": lambda line: f"{line.n_answered:,}",
    "no label": lambda line: f"{line.n_no_label:,}" if line.n_no_label else "",
    "none shown": lambda line: f"{line.n_none_shown:,}" if line.n_none_shown else "",
    "tokens in": lambda line: f"{line.prompt_tokens:,}",
    "out": lambda line: f"{line.completion_tokens:,}",
    "cost": lambda line: f"${line.cost_usd:.4f}",
    "under way": lambda line: _count_and_most(line.n_under_way, line.under_way_usd),
    "forfeited": lambda line: _count_and_most(line.n_forfeited, line.forfeited_usd),
    "unbilled": lambda line: f"{line.n_released:,}" if line.n_released else "",
}
OUTSIDE_ROUNDS = "none"  # asked outside the rounds
NO_PROJECT = "no project"  # checks of LLMs


def report_costs(
    services: Services,
    project_id: int | None = None,
    groups: Sequence[CostGroup] = tuple(CostGroup),
    console: Console | None = None,
) -> None:
    """Print a table for each group, and how much of each budget is spent."""
    console = console or Console(highlight=False, markup=False, emoji=False)
    if not services.has_store:
        console.print("Nothing was ever asked: there is no store in MODEL_DIR.")
        return
    is_known = project_id is None or services.store.projects.get(project_id) is not None
    if project_id is not None and not is_known and not services.store.ledger.spending(project_id).n_calls:
        raise ProjectUnknown(f"Project {project_id} is not connected to this backend, and nothing was asked for it.")
    for group in groups:
        lines = services.store.costs.list_by(group, project_id)
        if lines:
            console.print(_make_table(group, lines))
    ledger = services.store.ledger
    if project_id is not None:
        console.print(
            _describe_budget(f"Project {project_id}", ledger.spending(project_id), services.budget_of(project_id))
        )
    console.print(_describe_budget("All projects", ledger.total_spending(), services.settings.total_budget))
    for overrun in services.store.overruns.list_all():
        console.print(
            f"{overrun.model} at {overrun.server}: a call used {overrun.factor:.1f} times the most that was reserved "
            "for it, so as many times more is reserved for each further call."
        )
    console.print(
        "Tokens and costs are of answered calls, as their servers counted them. Calls under way and forfeited ones "
        "(failed, perhaps billed) stand apart, at the most that they can cost; the budget counts them in full. "
        "Unbilled ones failed and cost nothing."
    )


def _make_table(group: CostGroup, lines: Sequence[CostLine]) -> Table:
    title, key_names = TITLES[group]
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    figures = {name: [show(line) for line in lines] for name, show in FIGURES.items()}
    shown = {name: cells for name, cells in figures.items() if any(cells)}
    for name in key_names:
        table.add_column(name, overflow="fold", min_width=max(map(len, name.split())))
    for name in shown:
        table.add_column(name, justify="right", no_wrap=True)  # where it is narrow, names fold and no figure is cut
    for position, line in enumerate(lines):
        key = [_show_key(name, part) for name, part in zip(key_names, line.key, strict=True)]
        table.add_row(*map(Text, key), *(cells[position] for cells in shown.values()))  # not markup: names are people's
    return table


def _show_key(name: str, part: object) -> str:
    if part is None:
        return OUTSIDE_ROUNDS
    if (name, part) == ("project", CHECKS_PROJECT):
        return NO_PROJECT
    return str(part) or ("built in" if name == "server" else "")


def _count_and_most(n_calls: int, most_usd: float) -> str:
    return f"{n_calls:,} ≤ ${most_usd:.4f}" if n_calls else ""


def _describe_budget(whose: str, spent: Spending, budget: Budget) -> str:
    calls = _spell_spent(spent.n_calls, budget.max_calls, "call")
    tokens = _spell_spent(spent.n_tokens, budget.max_tokens, "token")
    limit = f" of ${budget.max_cost_usd:.2f}" if budget.max_cost_usd is not None else ""
    return f"{whose}: {calls}, {tokens}, ${spent.cost_usd:.4f}{limit} count against the budget."


def _spell_spent(n: int, limit: int | None, noun: str) -> str:
    """What was spent, of what may be, where that is limited.

    >>> _spell_spent(1, None, "call"), _spell_spent(1, 1000, "call")
    ('1 call', '1 of 1,000 calls')
    """
    return spell_quantity(n, noun) if limit is None else f"{n:,} of {spell_quantity(limit, noun)}"
