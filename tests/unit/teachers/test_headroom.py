"""Calls that use many times their bound pass a cap by one call's overrun at most, however many are made at once."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.clocks import HandClock
from fakes.counting_teacher import label_in_process
from fakes.ledger import InMemoryLedger
from fakes.reserving import IDENTITY, reserve
from fakes.stores import open_store
from fakes.teachers import SimulatedTeacher
from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded, RoomTaken, WorkInterrupted
from mraru.interfaces import Ledger
from mraru.records import TeacherAnswer, TeacherIdentity, Usage
from mraru.store.ledger.headroom import ENOUGH_SEEN, OVERRUN_ROOM
from mraru.store.ledger.ledger_repository import LOST_AFTER_S
from mraru.store.store import Store
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.guards.cached_answers import CachedTeacher

pytestmark = pytest.mark.slow

N_WORKERS = 8
BOUND_USD, BOUND_TOKENS = 0.25, 100
NO_ROOM = Budget(max_cost_usd=2 * OVERRUN_ROOM * BOUND_USD - 0.01)  # for two calls, whatever they use
ROOM = Budget(max_cost_usd=2 * OVERRUN_ROOM * BOUND_USD, max_tokens=int(2 * OVERRUN_ROOM * BOUND_TOKENS))


class OverrunningTeacher(SimulatedTeacher):
    """A simulated teacher of which each call uses so many times its bound."""

    def __init__(self, times: float, meet: Callable[[], object]) -> None:
        super().__init__(lambda text: "A", cost_usd=times * BOUND_USD)
        self.before_call = lambda text: meet()
        self._times = times

    def cost_bound_usd(self, text: str) -> float:
        return BOUND_USD

    def tokens_bound(self, text: str) -> int:
        return BOUND_TOKENS

    def label(self, text: str) -> TeacherAnswer:
        usage = Usage(prompt_tokens=1, completion_tokens=int(self._times * BOUND_TOKENS) - 1)
        return replace(super().label(text), usage=usage)


def ask_at_once(store: Store, teacher: OverrunningTeacher, cap: Budget, n_texts: int) -> None:
    """As many projects as workers, each of which asks until the budget of all is spent or no text is left."""

    def work(project_id: int) -> None:
        booked = BudgetedTeacher(teacher, store.ledger, project_id=project_id, budget=Budget(), total_budget=cap)
        cached = CachedTeacher(booked, store.ledger, sleep=lambda seconds: time.sleep(0.005))
        try:
            for number in range(n_texts):
                cached.label(f"text {number} of {project_id}")
        except BudgetExceeded:
            pass

    with ThreadPoolExecutor(N_WORKERS) as threads:
        list(threads.map(work, range(N_WORKERS)))


@pytest.mark.parametrize("times", [1.0, 3.0, 11.0, OVERRUN_ROOM])
@pytest.mark.parametrize("n_bounds", [8, 100])
def test_threads_pass_a_cap_by_one_overrun_at_most(store: Store, times: float, n_bounds: int) -> None:
    cap = Budget(max_cost_usd=n_bounds * BOUND_USD, max_tokens=n_bounds * BOUND_TOKENS)
    ask_at_once(store, OverrunningTeacher(times, lambda: time.sleep(0.01)), cap, n_texts=100)
    spent = store.ledger.total_spending()
    assert spent.cost_usd <= (n_bounds + times - 1) * BOUND_USD + 1e-9
    assert spent.n_tokens <= (n_bounds + times - 1) * BOUND_TOKENS
    assert spent.cost_usd > (n_bounds - max(times, 1.0)) * BOUND_USD - 1e-9  # and the budget is used


def test_far_from_the_cap_calls_are_made_at_once(store: Store) -> None:
    together = threading.Barrier(N_WORKERS)
    cap = Budget(max_cost_usd=N_WORKERS * OVERRUN_ROOM * BOUND_USD)
    ask_at_once(store, OverrunningTeacher(1.0, lambda: together.wait(30)), cap, n_texts=1)
    assert store.ledger.total_spending().n_calls == N_WORKERS


def test_processes_pass_a_cap_by_one_overrun_at_most(tmp_path: Path) -> None:
    path, calls_file = tmp_path / "mraru.sqlite3", tmp_path / "calls"
    open_store(path).close()
    cap, times = Budget(max_cost_usd=12 * BOUND_USD), 5.0
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as processes:
        under_way = [
            processes.submit(
                label_in_process, path, calls_file, number, [f"{number} {own}" for own in range(20)], cap, times
            )
            for number in range(3)
        ]
        for one in under_way:
            one.result(60)
    store = open_store(path)
    assert store.ledger.total_spending().cost_usd <= (12 + times - 1) * BOUND_USD + 1e-9
    store.close()


@pytest.fixture(params=["in memory", "stored"])
def ledger(request: pytest.FixtureRequest, store: Store, clock: HandClock) -> Ledger:
    return store.ledger if request.param == "stored" else InMemoryLedger(clock, LOST_AFTER_S)


def reserve_beside(ledger: Ledger, text_hash: str, budget: Budget, identity: TeacherIdentity = IDENTITY) -> int:
    return ledger.reserve(
        project_id=1,
        identity=identity,
        text_hash=text_hash,
        cost_bound_usd=BOUND_USD,
        tokens_bound=BOUND_TOKENS,
        budget=budget,
        with_headroom=True,
    )


def test_a_second_call_is_begun_only_where_both_may_use_many_times_their_bound(ledger: Ledger) -> None:
    first = reserve_beside(ledger, "a", NO_ROOM)
    with pytest.raises(RoomTaken):
        reserve_beside(ledger, "b", NO_ROOM)
    reserve_beside(ledger, "b", ROOM)
    with pytest.raises(RoomTaken):
        reserve_beside(ledger, "c", ROOM)
    ledger.release(first, "refused")
    reserve_beside(ledger, "c", ROOM)


def test_what_is_known_of_a_model_counts_towards_the_room(ledger: Ledger) -> None:
    call = reserve(ledger, "seen", identity=IDENTITY, usd=BOUND_USD, tokens=BOUND_TOKENS, project_id=2)
    ledger.settle(call, TeacherAnswer(label="A", raw="A", cost_usd=10 * BOUND_USD))
    reserve_beside(ledger, "a", ROOM)
    reserve_beside(ledger, "b", ROOM)  # 20 times the bound, not 20 times ten times
    with pytest.raises(RoomTaken):
        reserve_beside(ledger, "c", replace(ROOM, max_cost_usd=100.0))  # for its tokens


def test_a_call_that_nobody_answers_keeps_others_waiting_until_it_counts_as_lost(
    ledger: Ledger, clock: HandClock
) -> None:
    reserve_beside(ledger, "a", NO_ROOM)
    booked = BudgetedTeacher(OverrunningTeacher(1.0, lambda: None), ledger, project_id=1, budget=NO_ROOM)
    before = clock.now
    assert CachedTeacher(booked, ledger, sleep=clock.advance).label("text").label == "A"
    assert LOST_AFTER_S <= clock.now - before < LOST_AFTER_S + 1


def test_who_waits_for_room_ends_when_the_process_does(ledger: Ledger) -> None:
    reserve_beside(ledger, "a", NO_ROOM)
    teacher = SimulatedTeacher(lambda text: "A", cost_usd=BOUND_USD)
    booked = BudgetedTeacher(teacher, ledger, project_id=1, budget=NO_ROOM)
    with pytest.raises(WorkInterrupted):
        CachedTeacher(booked, ledger, sleep=lambda seconds: True).label("text")
    assert teacher.asked == []


def test_a_first_batch_job_holds_as_many_calls_as_may_go_far_beyond_their_bounds(store: Store) -> None:
    def fill(round_number: int, budget: Budget) -> int:
        job = store.batch_jobs.open(1, round_number=round_number, identity=IDENTITY, at=0.0)
        for number in range(30):
            try:
                store.ledger.reserve_in_batch(
                    job,
                    text_hash=f"{round_number} {number}",
                    body="{}",
                    cost_bound_usd=BOUND_USD,
                    tokens_bound=BOUND_TOKENS,
                    budget=budget,
                )
            except RoomTaken:
                break
        requests = store.batch_jobs.list_requests(job.job_id)
        for request in requests:
            usage = Usage(prompt_tokens=5, completion_tokens=1)
            store.ledger.settle(request.call_id, TeacherAnswer(label="A", raw="A", usage=usage, cost_usd=0.0))
        return len(requests)

    cap = Budget(max_cost_usd=ENOUGH_SEEN * OVERRUN_ROOM * BOUND_USD)
    assert fill(1, cap) == ENOUGH_SEEN
    assert fill(2, cap) == 30
    assert fill(3, Budget()) == 30
