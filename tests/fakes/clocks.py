"""Clocks that stand still until they are moved by hand, or by those who sleep."""

from __future__ import annotations

import threading


class HandClock:
    """Seconds since 1970; `clock.now` may be set, and `advance` moves it on."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class PassingClock(HandClock):
    """Moves on by itself when somebody sleeps; `ends` makes it say that the process is to end."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        super().__init__(now)
        self.slept: list[float] = []  # seconds
        self.ends = False
        self._guard = threading.Lock()

    def sleep(self, seconds: float) -> bool:
        with self._guard:
            self.slept.append(seconds)
            self.advance(seconds)
        return self.ends
