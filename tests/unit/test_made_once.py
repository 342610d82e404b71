"""Attributes that threads ask for at the same moment are made once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from mraru.bootstrap.made_once import made_once

N_THREADS = 8


class Slow:
    """Has one part, which takes a moment to make."""

    def __init__(self) -> None:
        self.n_made = 0

    @made_once
    def part(self) -> object:
        self.n_made += 1
        time.sleep(0.05)
        return object()


def test_threads_that_ask_at_the_same_moment_get_the_same_part() -> None:
    slow, ready = Slow(), threading.Barrier(N_THREADS)

    def ask(_: int) -> object:
        ready.wait()
        return slow.part

    with ThreadPoolExecutor(N_THREADS) as threads:
        parts = list(threads.map(ask, range(N_THREADS)))
    assert slow.n_made == 1
    assert all(part is parts[0] for part in parts)


def test_each_owner_has_a_part_of_its_own_and_it_can_be_replaced() -> None:
    one, other = Slow(), Slow()
    assert one.part is not other.part
    one.part = mine = object()
    assert one.part is mine
