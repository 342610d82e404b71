"""Whatever fails and whoever is killed: no cap is passed, and nothing is paid or booked twice."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from fakes.clocks import HandClock
from fakes.counting_teacher import label_in_process
from fakes.ledger import InMemoryLedger
from fakes.money import LOST_AFTER_S, MoneyWorld
from fakes.stores import open_store
from fakes.teachers import SimulatedTeacher
from mraru.budget_records import Budget
from mraru.errors import AlreadyAsked, BudgetExceeded, TeacherUnavailable
from mraru.records import TeacherAnswer, hash_text
from mraru.store.ledger.ledger_repository import LedgerRepository
from mraru.store.ledger.spending import CallStatus
from mraru.store.store import Store
from mraru.store.tables.project_tables import calls
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.guards.cached_answers import CachedTeacher

pytestmark = pytest.mark.slow

N_WORKERS = 8
N_RUNS_IN_MEMORY = 900
N_RUNS_STORED = 100


def _same(ledger: InMemoryLedger) -> InMemoryLedger:
    return ledger


def check_books(world: MoneyWorld, answered: list[str]) -> None:
    """The texts of the answered calls in the ledger are those whose answers came, each once."""
    assert max(Counter(answered).values(), default=1) == 1
    assert sorted(answered) == sorted(world.settled)
    n_paid_again = len(world.bill.answered) - len(set(world.bill.answered))
    assert n_paid_again <= world.n_kills  # an answer is lost only with the process that it came to


def test_900_runs_with_random_faults_and_kills_in_memory() -> None:
    n_answered = n_kills = n_refusals = 0
    for seed in range(N_RUNS_IN_MEMORY):
        clock = HandClock()
        ledger = InMemoryLedger(clock, LOST_AFTER_S)
        world = MoneyWorld(seed, clock, partial(_same, ledger))
        world.run()
        check_books(world, [call.text_hash for call in ledger.calls if call.state == "settled"])
        n_answered += len(world.settled)
        n_kills += world.n_kills
        n_refusals += world.n_refused
    assert min(n_answered, n_kills, n_refusals) > N_RUNS_IN_MEMORY / 2  # the runs were eventful


def test_100_runs_with_random_faults_and_kills_in_the_store(store: Store) -> None:
    for seed in range(N_RUNS_IN_MEMORY, N_RUNS_IN_MEMORY + N_RUNS_STORED):
        with store.database.write() as connection:
            connection.execute(delete(calls))  # a world of its own for each run
        clock = HandClock()
        world = MoneyWorld(seed, clock, partial(LedgerRepository, store.database, clock, LOST_AFTER_S))
        world.run()
        with store.database.read() as connection:
            answered = connection.scalars(select(calls.c.text_hash).where(calls.c.status == CallStatus.ANSWERED))
            check_books(world, list(answered))


@pytest.mark.parametrize(
    "cap",
    [Budget(max_calls=10), Budget(max_tokens=10 * 20), Budget(max_cost_usd=2.0)],
    ids=["calls", "tokens", "dollars"],
)
def test_eight_workers_of_as_many_projects_never_pass_a_cap_of_all(store: Store, cap: Budget) -> None:
    teacher = SimulatedTeacher(lambda text: "A", cost_usd=0.1)

    def work(project_id: int) -> None:
        booked = BudgetedTeacher(teacher, store.ledger, project_id=project_id, budget=Budget(), total_budget=cap)
        cached = CachedTeacher(booked, store.ledger)
        with pytest.raises(BudgetExceeded):
            list(map(cached.label, (f"text {number} of {project_id}" for number in range(100))))

    with ThreadPoolExecutor(N_WORKERS) as threads:
        list(threads.map(work, range(N_WORKERS)))
    spent = store.ledger.total_spending()
    assert spent.n_calls == len(teacher.asked)
    if cap.max_calls is not None:
        assert spent.n_calls == cap.max_calls
    if cap.max_tokens is not None:
        assert cap.max_tokens - 20 < spent.n_tokens <= cap.max_tokens
    if cap.max_cost_usd is not None:
        assert cap.max_cost_usd - 0.2 < spent.cost_usd <= cap.max_cost_usd + 1e-9


def test_eight_workers_of_as_many_projects_pay_once_for_each_text(store: Store) -> None:
    teacher = SimulatedTeacher(lambda text: text, cost_usd=0.1)
    together = threading.Barrier(N_WORKERS)

    def work(project_id: int) -> list[str | None]:
        booked = BudgetedTeacher(teacher, store.ledger, project_id=project_id, budget=Budget())
        cached = CachedTeacher(booked, store.ledger, sleep=lambda seconds: None, patience_s=10_000.0)
        together.wait(10)
        return [cached.label(f"text {number}").label for number in range(5)]

    with ThreadPoolExecutor(N_WORKERS) as threads:
        answers = list(threads.map(work, range(N_WORKERS)))
    assert answers == [[f"text {number}" for number in range(5)]] * N_WORKERS
    assert sorted(teacher.asked) == [f"text {number}" for number in range(5)]
    assert store.ledger.total_spending().n_calls == 5


def test_three_processes_pay_once_for_each_text_and_stop_at_the_cap_of_all(tmp_path: Path) -> None:
    path, calls_file = tmp_path / "mraru.sqlite3", tmp_path / "calls"
    open_store(path).close()
    shared = [f"text {number}" for number in range(8)]
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as processes:
        under_way = [
            processes.submit(
                label_in_process,
                path,
                calls_file,
                number,
                [*shared, *(f"own {number} {own}" for own in range(20))],
                Budget(max_calls=20),
            )
            for number in range(3)
        ]
        labels = [one.result(60) for one in under_way]
    made = calls_file.read_text().splitlines()
    assert len(made) == len(set(made)) == 20
    assert all(answers[: len(shared)] == shared for answers in labels)
    store = open_store(path)
    assert store.ledger.total_spending().n_calls == 20
    store.close()


class Elsewhere:
    """A call of another process, for whose end the `sleep` of a waiting teacher cares."""

    def __init__(self, ledger: InMemoryLedger, teacher: SimulatedTeacher) -> None:
        self._ledger = ledger
        self.n_pauses = 0
        self.call_id = ledger.reserve(
            project_id=2,
            identity=teacher.identity,
            text_hash=hash_text("text"),
            cost_bound_usd=0.0,
            tokens_bound=0,
            budget=Budget(),
        )


def make_waiting_teacher(
    teacher: SimulatedTeacher, ledger: InMemoryLedger, after_two_pauses: str
) -> tuple[CachedTeacher, Elsewhere]:
    elsewhere = Elsewhere(ledger, teacher)

    def sleep(seconds: float) -> None:
        elsewhere.n_pauses += 1
        if elsewhere.n_pauses == 2:
            if after_two_pauses == "answered":
                ledger.settle(elsewhere.call_id, TeacherAnswer(label="theirs", raw=""))
            elif after_two_pauses == "released":
                ledger.release(elsewhere.call_id, "refused")
            elif after_two_pauses == "forfeited":
                ledger.forfeit(elsewhere.call_id, "timeout")

    booked = BudgetedTeacher(teacher, ledger, project_id=1, budget=Budget())
    return CachedTeacher(booked, ledger, patience_s=5.0, sleep=sleep), elsewhere


def test_the_answer_to_a_call_under_way_elsewhere_is_waited_for() -> None:
    ledger, teacher = InMemoryLedger(), SimulatedTeacher(lambda text: "ours")
    waiting, elsewhere = make_waiting_teacher(teacher, ledger, "answered")
    answer = waiting.label("text")
    assert (answer.label, answer.from_ledger, elsewhere.n_pauses) == ("theirs", True, 2)
    assert teacher.asked == []


@pytest.mark.parametrize("end", ["released", "forfeited"])
def test_a_question_whose_call_failed_elsewhere_is_asked_here(end: str) -> None:
    ledger, teacher = InMemoryLedger(), SimulatedTeacher(lambda text: "ours")
    waiting, _ = make_waiting_teacher(teacher, ledger, end)
    assert waiting.label("text").label == "ours"
    assert teacher.asked == ["text"]


def test_nobody_waits_for_ever() -> None:
    ledger, teacher = InMemoryLedger(), SimulatedTeacher(lambda text: "ours")
    waiting, elsewhere = make_waiting_teacher(teacher, ledger, "nothing")
    with pytest.raises(TeacherUnavailable, match="under way for more than 5 s"):
        waiting.label("text")
    assert elsewhere.n_pauses == 10
    assert teacher.asked == []


def test_a_call_that_is_under_way_elsewhere_is_not_booked() -> None:
    ledger, teacher = InMemoryLedger(), SimulatedTeacher(lambda text: "ours")
    Elsewhere(ledger, teacher)
    with pytest.raises(AlreadyAsked):
        BudgetedTeacher(teacher, ledger, project_id=1, budget=Budget()).label("text")
    assert ledger.spending(1).n_calls == 0
