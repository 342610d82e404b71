"""One file, many at it: the cap holds whoever reserves."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from fakes.reserving import IDENTITY, reserve_all, reserve_in_process
from fakes.stores import open_store
from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded
from mraru.records import TeacherAnswer
from mraru.store.store import Store

N_THREADS = 8
N_PROCESSES = 4


@pytest.mark.parametrize(
    ("budget", "n_calls"),
    [(Budget(max_calls=40, max_cost_usd=1e9), 40), (Budget(max_calls=1000, max_cost_usd=10.1), 40)],
    ids=["calls", "dollars"],
)
def test_eight_threads_never_pass_the_cap(store: Store, budget: Budget, n_calls: int) -> None:
    together = threading.Barrier(N_THREADS)

    def work(name: str) -> list[int]:
        together.wait(10)
        return reserve_all(store, name, budget, 0.25)

    with ThreadPoolExecutor(N_THREADS) as threads:
        booked = [call for calls in threads.map(work, map(str, range(N_THREADS))) for call in calls]
    assert len(set(booked)) == len(booked) == n_calls
    assert store.ledger.spending(1).cost_usd == pytest.approx(n_calls * 0.25)


def test_four_processes_never_pass_the_cap(tmp_path: Path) -> None:
    path = tmp_path / "mraru.sqlite3"
    budget = Budget(max_calls=60, max_cost_usd=10.1)
    with ProcessPoolExecutor(N_PROCESSES, mp_context=multiprocessing.get_context("spawn")) as processes:
        under_way = [
            processes.submit(reserve_in_process, path, str(number), budget, 0.25) for number in range(N_PROCESSES)
        ]
        booked = [call for one in under_way for call in one.result(60)]
    store = open_store(path)
    assert len(set(booked)) == len(booked) == store.ledger.spending(1).n_calls == 40
    store.close()


def test_cheap_answers_never_let_the_reserved_pass_the_cap(store: Store) -> None:
    budget = Budget(max_calls=1000, max_cost_usd=2.0)
    seen: list[float] = []

    def work(name: int) -> int:
        n_answered = 0
        while True:
            try:
                call = store.ledger.reserve(
                    project_id=1,
                    identity=IDENTITY,
                    text_hash=f"{name}-{n_answered}",
                    cost_bound_usd=0.5,
                    tokens_bound=10,
                    budget=budget,
                )
            except BudgetExceeded:
                return n_answered
            seen.append(store.ledger.spending(1).cost_usd)
            store.ledger.settle(call, TeacherAnswer(label="A", raw="A", cost_usd=0.125))
            n_answered += 1

    with ThreadPoolExecutor(4) as threads:
        n_answered = sum(threads.map(work, range(4)))
    assert max(seen) <= budget.max_cost_usd
    assert n_answered >= 10  # each answer freed what its reservation held beyond its cost
