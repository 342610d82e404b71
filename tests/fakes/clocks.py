"""A clock that stands still until it is moved by hand."""

from __future__ import annotations


class HandClock:
    """Seconds since 1970; `clock.now` may be set, and `advance` moves it on."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds
