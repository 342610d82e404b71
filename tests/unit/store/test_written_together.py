from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from mraru.store.store import Store
from mraru.store.written_together import WrittenTogether

WAIT_S = 30.0  # seconds; nothing takes so long unless it hangs


class Disk:
    """Writes one batch after the other; the first takes until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[object]] = []
        self.has_begun, self.may_end = threading.Event(), threading.Event()

    def write(self, rows: Sequence[Mapping[str, object]]) -> list[bool]:
        numbers = [row["n"] for row in rows]
        self.batches.append(numbers)
        self.has_begun.set()
        assert self.may_end.wait(WAIT_S)
        if None in numbers:
            raise OSError("disk full")
        return [number != 13 for number in numbers]


def test_what_comes_while_another_is_written_is_written_together_and_each_has_its_answer() -> None:
    disk = Disk()
    together = WrittenTogether(disk.write)
    with ThreadPoolExecutor(20) as threads:
        first = threads.submit(together.add, {"n": 0})
        assert disk.has_begun.wait(WAIT_S)
        others = {number: threads.submit(together.add, {"n": number}) for number in range(10, 20)}
        while len(together._waiting) < len(others):  # all are there once they stand in the list
            threading.Event().wait(0.001)
        disk.may_end.set()
        assert first.result(WAIT_S)
        assert [number for number, other in others.items() if not other.result(WAIT_S)] == [13]
    assert [sorted(map(str, batch)) for batch in disk.batches] == [["0"], [str(number) for number in range(10, 20)]]


def test_a_failure_is_told_to_all_whose_rows_it_is_about_and_the_next_are_written() -> None:
    disk = Disk()
    disk.may_end.set()
    together = WrittenTogether(disk.write)
    with pytest.raises(OSError, match="disk full"):
        together.add({"n": None})
    assert together.add({"n": 1})


def test_events_of_many_threads_are_all_written_down_and_those_of_unknown_projects_are_not(store: Store) -> None:
    store.projects.connect(1, label_config="<View/>", hostname=None, access_token=None, backend_url=None)

    def send(number: int) -> bool:
        return store.events.add(1 + number % 2, action=f"A{number}", payload="{}", is_trusted=True)

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(send, range(200)))
    assert answers == [number % 2 == 0 for number in range(200)]
    assert {event.action for event in store.events.list_open(1)} == {f"A{number}" for number in range(0, 200, 2)}
    assert store.events.count_all() == 100
