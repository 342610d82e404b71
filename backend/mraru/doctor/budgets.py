"""Whether the LLM's price is known and the budgets leave room for it."""

from __future__ import annotations

from collections.abc import Iterator

from mraru.bootstrap.teaching.llm_factory import find_llm_price
from mraru.budget_records import Budget, Spending
from mraru.doctor.examined import Examined
from mraru.doctor.findings import Finding, NothingToExamine, Severity
from mraru.doctor.llm_servers import require_llm
from mraru.errors import PriceUnknown
from mraru.quantities import choose_form, spell_quantity


def check_prices(examined: Examined) -> Iterator[Finding]:
    """The price of every LLM is known."""
    require_llm(examined)
    for llm in examined.settings.llms:
        try:
            find_llm_price(examined.services.settings, llm)
        except PriceUnknown as exc:
            yield Finding(code="price-unknown", severity=Severity.ERROR, message=str(exc), is_blocking=True)


def check_total_budget(examined: Examined) -> Iterator[Finding]:
    """All projects together may still ask."""
    services = examined.services
    if services.settings.total_budget == Budget():
        raise NothingToExamine("none is set")
    spent = services.store.ledger.total_spending()
    yield from _check_room("All projects together have", "MRARU_TOTAL_MAX", services.settings.total_budget, spent)


def check_budget(examined: Examined) -> Iterator[Finding]:
    """The project may still ask, and about as many texts as it has labels."""
    services, project_id = examined.services, examined.project_id
    budget, spent = services.budget_of(project_id), services.store.ledger.spending(project_id)
    found = list(_check_room(f"Project {project_id} has", "MRARU_MAX", budget, spent))
    yield from found
    if found:
        return
    n_labels = len(examined.known_schema.labels)
    if budget.max_calls is not None and budget.max_calls < n_labels:
        yield Finding(
            code="budget-too-small",
            severity=Severity.WARNING,
            message=f"Project {project_id} has {n_labels} labels, and its budget is "
            f"{spell_quantity(budget.max_calls, 'call')}: not "
            "every label can get a text.",
            remedy=f"`mraru set {project_id} max_calls N` with at least {n_labels}; a few for each label teach more.",
        )
    yield from _check_dollars(examined, budget, spent)


def _check_dollars(examined: Examined, budget: Budget, spent: Spending) -> Iterator[Finding]:
    """What is reserved for a call about the shortest text; a longer one takes more."""
    services, settings = examined.services, examined.settings
    if budget.max_cost_usd is None or settings.few_shot:  # examples would have to be embedded
        return
    left_usd = budget.max_cost_usd - spent.cost_usd
    definitions = services.store.label_definitions.list_all(examined.project_id)
    described = examined.known_there.description
    for llm, teacher in zip(
        settings.llms, services.llms.make_all(described, examined.known_schema, definitions), strict=True
    ):
        try:
            bound_usd = teacher.cost_bound_usd("")
        finally:
            teacher.close()
        if bound_usd > left_usd:
            yield Finding(
                code="budget-too-small",
                severity=Severity.WARNING,
                message=f"A call to {llm.name} is booked at ${bound_usd:.4f} at least until it is answered, and "
                f"project {examined.project_id} has ${left_usd:.4f} left: none can be made.",
                remedy=f"`mraru set {examined.project_id} max_cost_usd N`, or lower MRARU_TEACHER_MAX_TOKENS.",
            )


def _check_room(whose: str, setting: str, budget: Budget, spent: Spending) -> Iterator[Finding]:
    caps = (
        ("CALLS", "call", budget.max_calls, spent.n_calls),
        ("COST_USD", "dollar", budget.max_cost_usd, spent.cost_usd),
        ("TOKENS", "token", budget.max_tokens, spent.n_tokens),
    )
    for name, unit, most, used in caps:
        if most == 0:
            yield Finding(
                code="budget-zero",
                severity=Severity.WARNING,
                message=f"{whose} a budget of 0 {unit}s: the teacher is asked nothing.",
                remedy=f"Raise {setting}_{name}, unless that is meant.",
            )
        elif most is not None and used >= most:
            yield Finding(
                code="budget-used-up",
                severity=Severity.INFO,
                message=f"{whose} used up a budget of {most:g} {choose_form(int(most == 1), unit, f'{unit}s')}. "
                "Corrections still retrain the student.",
                remedy=f"Raise {setting}_{name} for more rounds.",
            )
