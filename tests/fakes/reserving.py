"""Reserves calls: one, or as many as the budget has room for, as several processes do to one ledger."""

from __future__ import annotations

from pathlib import Path

from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded
from mraru.interfaces import Ledger
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.store.store import Store, open_store

LAW_IDENTITY = TeacherIdentity(model="simulated", prompt_version="p1", server="https://one.example/v1")
LOST_AFTER_S = 100.0
NO_LIMIT = Budget()
IDENTITY = TeacherIdentity(model="simulated", prompt_version="1")


def reserve(
    ledger: Ledger,
    text_hash: str = "h",
    *,
    project_id: int = 1,
    identity: TeacherIdentity = LAW_IDENTITY,
    usd: float = 1.0,
    tokens: int = 100,
    budget: Budget = NO_LIMIT,
    total_budget: Budget | None = None,
) -> int:
    """Reserve one call; returns its number."""
    return ledger.reserve(
        project_id=project_id,
        identity=identity,
        text_hash=text_hash,
        cost_bound_usd=usd,
        tokens_bound=tokens,
        budget=budget,
        total_budget=total_budget,
    )


def reserve_all(store: Store, name: str, budget: Budget, cost_bound_usd: float) -> list[int]:
    """Reserve until the budget is spent; returns the numbers of the calls."""
    booked: list[int] = []
    try:
        while True:
            booked.append(
                store.ledger.reserve(
                    project_id=1,
                    identity=IDENTITY,
                    text_hash=f"{name}-{len(booked)}",
                    cost_bound_usd=cost_bound_usd,
                    tokens_bound=10,
                    budget=budget,
                )
            )
    except BudgetExceeded:
        return booked


def reserve_in_process(path: Path, name: str, budget: Budget, cost_bound_usd: float) -> list[int]:
    """The same, from a process that opens the store itself."""
    store = open_store(path)
    try:
        return reserve_all(store, name, budget, cost_bound_usd)
    finally:
        store.close()


def settle_in_process(path: Path, name: str, costs_usd: list[float]) -> None:
    """Reserve a dollar for each of these calls, then settle it at what it cost; from a process of its own."""
    store = open_store(path)
    try:
        for number, cost_usd in enumerate(costs_usd):
            call_id = reserve(store.ledger, f"{name}-{number}", identity=IDENTITY)
            store.ledger.settle(call_id, TeacherAnswer(label="A", raw="A", cost_usd=cost_usd))
    finally:
        store.close()
