"""Commands that spend money, as real processes told to end in the middle of their calls to the simulated teacher."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from fakes.loop_bench import class_of
from fakes.openai_faults import Refusal
from fakes.openai_server import OpenAIServer, RecordedRequest
from fakes.processes import WAIT_S, start
from fakes.spending_process import ROUND_SIZE
from fakes.stores import open_store
from mraru.cli.project.one_round import INTERRUPTED
from mraru.store.store import Store
from mraru.store.tables.project_tables import calls

pytestmark = pytest.mark.slow

Begin = Callable[[str], "subprocess.Popen[str]"]
ORDERLY = [signal.SIGINT, signal.SIGTERM]


class CountedServer(OpenAIServer):
    """Tells when as many requests came as a round has at once."""

    def __init__(self) -> None:
        super().__init__(class_of)
        self.have_come = threading.Event()
        self.n_awaited = ROUND_SIZE

    def record(self, request: RecordedRequest) -> tuple[int, RecordedRequest]:
        recorded = super().record(request)
        if recorded[0] >= self.n_awaited:
            self.have_come.set()
        return recorded


@pytest.fixture
def server() -> Iterator[CountedServer]:
    with CountedServer() as running:
        yield running


@pytest.fixture
def begin(server: CountedServer, tmp_path: Path) -> Iterator[Begin]:
    """Begins a command in a process of its own."""
    begun: list[subprocess.Popen[str]] = []

    def start_process(command: str) -> subprocess.Popen[str]:
        begun.append(start("-m", "fakes.spending_process", str(tmp_path), server.base_url, command))
        return begun[-1]

    yield start_process
    server.let_go.set()
    for process in begun:
        process.kill()
        process.communicate()


def read_statuses(folder: Path) -> Counter[str]:
    store: Store = open_store(folder / "mraru.sqlite3")
    with store.database.read() as connection:
        found = Counter(connection.scalars(select(calls.c.status)))
    project = store.projects.get(1)
    assert project is None or project.rounds_left in (None, 0, 1)
    store.close()
    return found


@pytest.mark.parametrize("number", ORDERLY)
def test_a_round_told_to_end_tries_nothing_again(
    begin: Begin, server: CountedServer, tmp_path: Path, number: signal.Signals
) -> None:
    server.every_fault = Refusal(status=503, message="overloaded")
    process = begin("round")
    assert server.have_come.wait(3 * WAIT_S)
    process.send_signal(number)
    said, _ = process.communicate(timeout=3 * WAIT_S)
    assert process.returncode == INTERRUPTED, said
    assert server.n_requests <= 2 * ROUND_SIZE  # those that were about to be sent; five for each text otherwise
    assert read_statuses(tmp_path).keys() == {"released"}


@pytest.mark.parametrize("number", ORDERLY)
def test_a_round_told_to_end_keeps_the_answers_under_way(
    begin: Begin, server: CountedServer, tmp_path: Path, number: signal.Signals
) -> None:
    may_answer = threading.Event()
    server.before_answer = lambda: may_answer.wait(WAIT_S)
    process = begin("round")
    assert server.have_come.wait(3 * WAIT_S)
    process.send_signal(number)
    may_answer.set()
    process.communicate(timeout=3 * WAIT_S)
    assert server.n_requests == ROUND_SIZE
    assert read_statuses(tmp_path) == {"answered": ROUND_SIZE}


def test_a_killed_round_leaves_its_calls_counted_and_no_more_than_a_round(
    begin: Begin, server: CountedServer, tmp_path: Path
) -> None:
    server.before_answer = lambda: server.let_go.wait(WAIT_S)
    process = begin("round")
    assert server.have_come.wait(3 * WAIT_S)
    process.kill()
    process.wait(WAIT_S)
    assert read_statuses(tmp_path) == {"reserved": ROUND_SIZE}
    server.let_go.set()
    again = begin("round")
    said, _ = again.communicate(timeout=3 * WAIT_S)
    assert again.returncode == 0, said
    assert read_statuses(tmp_path) == {"forfeited": ROUND_SIZE, "answered": ROUND_SIZE}
    assert len(set(server.texts)) == ROUND_SIZE


@pytest.mark.parametrize("number", [*ORDERLY, signal.SIGKILL])
def test_an_ended_check_asks_once(begin: Begin, server: CountedServer, tmp_path: Path, number: signal.Signals) -> None:
    server.n_awaited = 1
    server.before_answer = lambda: server.let_go.wait(WAIT_S)
    process = begin("check")
    assert server.have_come.wait(3 * WAIT_S)
    process.send_signal(number)
    process.communicate(timeout=3 * WAIT_S)
    assert process.returncode != 0
    assert server.n_requests == 1
    statuses = read_statuses(tmp_path)
    assert statuses in ({"forfeited": 1}, {"reserved": 1})  # it may have been billed
