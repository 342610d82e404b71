"""Reserves calls until the budget stops it: what several processes do to one ledger."""

from __future__ import annotations

from pathlib import Path

from mraru.errors import BudgetExceeded
from mraru.records import Budget, TeacherIdentity
from mraru.store.store import Store, open_store

IDENTITY = TeacherIdentity(model="simulated", prompt_version="1")


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
