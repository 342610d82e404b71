from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fakes.clocks import HandClock
from mraru.errors import CircuitOpen
from mraru.records import CircuitState
from mraru.teachers.servers.circuit import LONGEST_PAUSE_S, Circuit


@pytest.fixture
def circuit(clock: HandClock) -> Circuit:
    return Circuit("gpt at http://server", max_failures=3, pause_s=60.0, clock=clock)


def fail(circuit: Circuit, times: int = 1, retry_after_s: float | None = None) -> None:
    for _ in range(times):
        circuit.note_failure(circuit.enter(), "HTTP 500", retry_after_s)


def test_it_opens_after_so_many_failures_in_a_row(circuit: Circuit) -> None:
    fail(circuit, 2)
    assert circuit.status.state is CircuitState.CLOSED
    fail(circuit)
    assert circuit.status.state is CircuitState.OPEN
    with pytest.raises(CircuitOpen):
        circuit.enter()


def test_an_answer_in_between_begins_the_count_anew(circuit: Circuit) -> None:
    fail(circuit, 2)
    circuit.note_answer(circuit.enter())
    fail(circuit, 2)
    assert (circuit.status.state, circuit.status.n_failures) == (CircuitState.CLOSED, 2)


def test_what_says_nothing_of_the_server_changes_nothing(circuit: Circuit) -> None:
    fail(circuit, 2)
    circuit.note_nothing(circuit.enter())
    assert (circuit.status.state, circuit.status.n_failures) == (CircuitState.CLOSED, 2)


def test_open_it_says_why_and_for_how_long(circuit: Circuit, clock: HandClock) -> None:
    clock.now = 1_800_000_000.0  # 08:00:00 UTC
    fail(circuit, 3)
    clock.advance(20)
    with pytest.raises(CircuitOpen) as caught:
        circuit.enter()
    assert caught.value.retry_after_s == 40.0
    assert str(caught.value) == (
        "gpt at http://server failed 3 times in a row: nothing is asked before 08:01:00 UTC "
        "(MRARU_CIRCUIT_PAUSE_S). The last failure: HTTP 500"
    )
    assert circuit.status.opened_until == 1_800_000_060.0


def test_it_stays_open_as_long_as_the_server_asks_for(circuit: Circuit, clock: HandClock) -> None:
    fail(circuit, 3, retry_after_s=200.0)
    clock.advance(199)
    with pytest.raises(CircuitOpen):
        circuit.enter()
    clock.advance(1)
    circuit.enter()


def test_after_the_pause_an_answer_closes_it(circuit: Circuit, clock: HandClock) -> None:
    fail(circuit, 3)
    clock.advance(60)
    ticket = circuit.enter()
    assert circuit.status.state is CircuitState.HALF_OPEN
    circuit.note_answer(ticket)
    assert (circuit.status.state, circuit.status.n_failures) == (CircuitState.CLOSED, 0)
    assert circuit.status.opened_until is None
    fail(circuit, 2)
    assert circuit.status.state is CircuitState.CLOSED


def test_each_failure_of_the_trial_doubles_the_pause_up_to_the_longest(circuit: Circuit, clock: HandClock) -> None:
    fail(circuit, 3)
    pauses = []
    for _ in range(6):
        assert circuit.status.opened_until is not None
        pauses.append(circuit.status.opened_until - clock.now)
        clock.now = circuit.status.opened_until
        fail(circuit)
    assert pauses == [60, 120, 240, 480, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_a_server_that_came_back_has_its_first_pause_again(circuit: Circuit, clock: HandClock) -> None:
    fail(circuit, 3)
    clock.advance(60)
    fail(circuit)
    clock.advance(120)
    circuit.note_answer(circuit.enter())
    fail(circuit, 3)
    assert circuit.status.opened_until == clock.now + 60


def test_calls_that_began_before_it_opened_are_not_counted_after(circuit: Circuit, clock: HandClock) -> None:
    late = [circuit.enter() for _ in range(3)]
    fail(circuit, 3)
    opened_until = circuit.status.opened_until
    clock.advance(30)
    circuit.note_failure(late[0], "late")
    circuit.note_answer(late[1])
    circuit.note_nothing(late[2])
    assert (circuit.status.state, circuit.status.opened_until) == (CircuitState.OPEN, opened_until)
    assert circuit.status.last_error == "HTTP 500"


class Waiting(threading.Condition):
    """Says when somebody has begun to wait."""

    def __init__(self, n_waiting: int) -> None:
        super().__init__()
        self.begun = threading.Semaphore(0)
        self.n_waiting = n_waiting

    def wait(self, timeout: float | None = None) -> bool:
        self.begun.release()
        return super().wait(timeout)

    def await_all(self) -> None:
        for _ in range(self.n_waiting):
            assert self.begun.acquire(timeout=10)


def try_with_others_waiting(circuit: Circuit, clock: HandClock, threads: ThreadPoolExecutor) -> tuple[int, list]:
    """Open the circuit, begin its trial, and have three more calls wait for how it ends."""
    waiting = circuit._changed = Waiting(3)
    fail(circuit, 3)
    clock.advance(60)
    trial = circuit.enter()
    others = [threads.submit(circuit.enter) for _ in range(3)]
    waiting.await_all()
    assert not any(other.done() for other in others)
    return trial, others


def test_half_open_one_call_tries_and_the_others_go_after_it(circuit: Circuit, clock: HandClock) -> None:
    with ThreadPoolExecutor(3) as threads:
        trial, others = try_with_others_waiting(circuit, clock, threads)
        circuit.note_answer(trial)
        tickets = [other.result(10) for other in others]
    assert len(set(tickets)) == 1
    assert tickets[0] != trial


def test_half_open_the_others_fail_with_the_one_that_tried(circuit: Circuit, clock: HandClock) -> None:
    with ThreadPoolExecutor(3) as threads:
        trial, others = try_with_others_waiting(circuit, clock, threads)
        circuit.note_failure(trial, "HTTP 503")
        assert [type(other.exception(10)) for other in others] == [CircuitOpen] * 3
    assert circuit.status.n_failures == 4


def test_a_trial_that_says_nothing_leaves_the_next_call_to_try(circuit: Circuit, clock: HandClock) -> None:
    fail(circuit, 3)
    clock.advance(60)
    circuit.note_nothing(circuit.enter())
    assert circuit.status.state is CircuitState.HALF_OPEN
    circuit.note_answer(circuit.enter())
    assert circuit.status.state is CircuitState.CLOSED


def test_failures_of_all_threads_count_together(clock: HandClock) -> None:
    circuit = Circuit("gpt", max_failures=100, pause_s=60.0, clock=clock)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: fail(circuit), range(99)))
    assert (circuit.status.state, circuit.status.n_failures) == (CircuitState.CLOSED, 99)
    fail(circuit)
    assert circuit.status.state is CircuitState.OPEN


def test_opening_and_closing_are_logged(circuit: Circuit, clock: HandClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    fail(circuit, 3)
    clock.advance(60)
    circuit.note_answer(circuit.enter())
    assert [vars(record)["event"] for record in caplog.records] == ["circuit_opened", "circuit_closed"]
