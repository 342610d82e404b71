"""A kill at each step of a batch job: no job is begun twice, no text answered twice, every dollar accounted for."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event

from fakes.batch_bench import BatchBench, make_batch_bench
from fakes.loop_bench import PROJECT, class_of
from fakes.openai_faults import OddAnswer, server_error
from fakes.openai_server import OpenAIServer
from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded
from mraru.store.projects.project_repository import ProjectState
from mraru.teachers.batch.openai_batch import OpenAIBatchServer
from mraru.teachers.llm.openai_teacher import OpenAITeacher

pytestmark = pytest.mark.slow


class Killed(BaseException):
    """The process is gone: nothing catches this."""


class Killer:
    """Ends the process at the beginning of the `count`-th transaction: after the one before it was committed."""

    def __init__(self, bench: BatchBench, count: int) -> None:
        self.n_left = count
        self._engine = bench.store.database._engine
        self._guard = threading.Lock()

    def __enter__(self) -> Killer:
        event.listen(self._engine, "begin", self._strike)
        return self

    def __exit__(self, *exc_info: object) -> None:
        event.remove(self._engine, "begin", self._strike)

    def _strike(self, connection: object) -> None:
        with self._guard:
            self.n_left -= 1
            if self.n_left == 0:
                raise Killed


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(class_of) as running:
        yield running


def count_steps(folder: Path, server: OpenAIServer) -> int:
    bench = make_batch_bench(folder, server, n_texts=12, batch_size=3)
    with Killer(bench, 10**9) as killer:
        bench.work_to_the_end()
    bench.close()
    return 10**9 - killer.n_left


def test_a_kill_at_any_transaction_begins_no_job_twice_and_loses_no_answer(
    tmp_path: Path, server: OpenAIServer
) -> None:
    n_steps = count_steps(tmp_path / "counted", server)
    assert n_steps > 60
    for count in range(1, n_steps + 1, 4):
        server.batches.jobs.clear()
        bench = make_batch_bench(tmp_path / f"killed-{count}", server, n_texts=12, batch_size=3)
        with Killer(bench, count), pytest.raises(Killed):
            bench.work_to_the_end()
        bench.restart()
        bench.work_to_the_end()
        asked = Counter(bench.texts_asked_in_jobs)
        assert max(asked.values()) == 1, f"killed at {count}"
        assert len(server.batches.jobs) == 1, f"killed at {count}"
        assert bench.call_statuses == {"answered": 3}, f"killed at {count}"
        assert len(bench.store.teacher_labels.list_all(PROJECT)) == 3
        bench.check_books()
        bench.close()
    assert server.n_requests == 0


STEPS = ["upload", "create", "look", "read", "find"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_around_any_request_to_the_server_does_no_harm(
    tmp_path: Path, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch, step: str, moment: str
) -> None:
    if step == "find":
        server.batches.drop_after_create = 1
    bench = make_batch_bench(tmp_path, server, batch_size=4)
    request: Callable[..., object] = getattr(OpenAIBatchServer, step)
    is_alive = [True]

    def killing(*arguments: object) -> object:
        if is_alive[0] and moment == "before":
            is_alive[0] = False
            raise Killed
        answer = request(*arguments)
        if is_alive[0]:
            is_alive[0] = False
            raise Killed
        return answer

    monkeypatch.setattr(OpenAIBatchServer, step, killing)
    with pytest.raises(Killed):
        bench.work_to_the_end()
    bench.restart()
    bench.work_to_the_end()
    assert len(server.batches.jobs) == 1
    assert bench.call_statuses == {"answered": 4}
    assert len(bench.store.teacher_labels.list_all(PROJECT)) == 4
    bench.check_books()
    bench.close()


def test_a_kill_while_asking_again_is_not_paid_for_twice(
    tmp_path: Path, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_batch_bench(tmp_path, server)
    server.batches.is_held = True
    bench.work()
    wrong = server.batches.texts[0][1]
    server.batches.line_faults[wrong] = OddAnswer(content="politics")
    server.batches.is_held = False
    ask_again = OpenAITeacher.ask_again

    def killed_after(*arguments: object) -> object:
        ask_again(*arguments)  # type: ignore[arg-type]
        raise Killed

    monkeypatch.setattr(OpenAITeacher, "ask_again", killed_after)
    bench.clock.advance(60.0)
    with pytest.raises(Killed):
        bench.work()
    monkeypatch.setattr(OpenAITeacher, "ask_again", ask_again)
    reserved = max(line.reserved_usd for line in bench.store.ledger_lines.list_all(PROJECT))
    bench.restart()
    bench.work_to_the_end()
    assert server.texts == [wrong]  # once
    line = next(line for line in bench.store.ledger_lines.list_all(PROJECT) if line.no_label_reason)
    assert "asking again was interrupted" in str(line.no_label_reason)
    assert line.cost_usd == line.reserved_usd == pytest.approx(reserved, rel=0.1)
    assert bench.call_statuses == {"answered": 5}
    bench.close()


def test_projects_with_one_budget_for_all_never_pass_it(tmp_path: Path, server: OpenAIServer) -> None:
    """Several projects in one store, at work at the same time, under one total budget."""
    bench = make_batch_bench(tmp_path, server, batch_size=10, max_rounds=None)
    total = Budget(max_calls=17)
    bench.set_options(total_max_calls=total.max_calls)
    ledger = bench.store.ledger
    is_over = threading.Event()
    worst = [0]

    def watch() -> None:
        while not is_over.is_set():
            worst[0] = max(worst[0], ledger.total_spending().n_calls)

    def spend_elsewhere(project_id: int) -> int:
        n_booked = 0
        identity = bench.made[0].identity if bench.made else bench.teacher.identity
        for number in range(8):
            with contextlib.suppress(BudgetExceeded):
                ledger.reserve(
                    project_id=project_id,
                    identity=identity,
                    text_hash=f"{project_id}-{number}",
                    cost_bound_usd=0.0,
                    tokens_bound=1,
                    budget=Budget(),
                    total_budget=total,
                )
                n_booked += 1
        return n_booked

    with ThreadPoolExecutor() as executor:
        watching = executor.submit(watch)
        others = [executor.submit(spend_elsewhere, project_id) for project_id in (2, 3)]
        bench.work_to_the_end()
        n_others = sum(other.result() for other in others)
        is_over.set()
        watching.result()
    assert worst[0] <= 17
    assert ledger.total_spending().n_calls == n_others + bench.call_statuses["answered"] == 17
    assert bench.project.state is ProjectState.STOPPED
    bench.close()


def test_lines_that_fail_for_good_are_booked_exactly(tmp_path: Path, server: OpenAIServer) -> None:
    bench = make_batch_bench(tmp_path, server)
    server.batches.is_held = True
    bench.work()
    server.batches.line_faults[server.batches.texts[0][0]] = server_error(504)  # a gateway: perhaps billed
    server.batches.is_held = False
    bench.clock.advance(60.0)
    bench.loop.advance()
    server.batches.line_faults.clear()
    bench.work_to_the_end()
    assert bench.call_statuses == {"answered": 5, "forfeited": 1}
    bench.close()
