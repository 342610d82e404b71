"""A simulated teacher for several processes: each call is a line in one file."""

from __future__ import annotations

import os
import time
from pathlib import Path

from fakes.stores import open_store
from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded
from mraru.records import TeacherAnswer, TeacherIdentity, Usage
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.guards.cached_answers import CachedTeacher


class CountingTeacher:
    """Takes a moment for each call, so that calls of several processes overlap."""

    identity = TeacherIdentity(model="simulated", prompt_version="p1")

    def __init__(self, calls_file: Path, times_bound: float = 1.0) -> None:
        """`times_bound`: how much of its bound each call costs."""
        self._calls_file = calls_file
        self._cost_usd = 0.25 * times_bound

    def identity_of(self, text: str) -> TeacherIdentity:
        return self.identity

    def cost_bound_usd(self, text: str) -> float:
        return 0.25

    def tokens_bound(self, text: str) -> int:
        return 100

    def label(self, text: str) -> TeacherAnswer:
        handle = os.open(self._calls_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{text}\n".encode())  # one write: lines of several processes never mix
        os.close(handle)
        time.sleep(0.02)
        usage = Usage(prompt_tokens=50, completion_tokens=5)
        return TeacherAnswer(label=text, raw=text, usage=usage, cost_usd=self._cost_usd)


def label_in_process(
    path: Path, calls_file: Path, project_id: int, texts: list[str], total_budget: Budget, times_bound: float = 1.0
) -> list[str | None]:
    """Ask about the texts until the budget is spent, from a process that opens the store itself."""
    store = open_store(path)
    teacher = BudgetedTeacher(
        CountingTeacher(calls_file, times_bound),
        store.ledger,
        project_id=project_id,
        budget=Budget(),
        total_budget=total_budget,
    )
    cached = CachedTeacher(teacher, store.ledger, sleep=lambda seconds: time.sleep(0.01))
    labels: list[str | None] = []
    try:
        for text in texts:
            labels.append(cached.label(text).label)
    except BudgetExceeded:
        pass
    finally:
        store.close()
    return labels
