"""Leaves a server alone after repeated failures, and tries it with one call before all come back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from mraru.errors import CircuitOpen
from mraru.records import CircuitState

logger = logging.getLogger(__name__)

LONGEST_PAUSE_S = 900.0  # the pause doubles up to this, unless it begins longer


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitStatus:
    """How a circuit stands at a moment."""

    state: CircuitState
    n_failures: int  # in a row
    opened_until: float | None  # seconds since 1970, while open
    last_error: str | None


class Circuit:
    """Shared by all teachers of a process that ask one model of one server. Thread-safe.

    Closed, it counts failures in a row, of whatever texts and threads. After `max_failures` it opens: calls fail
    at once, unsent. After the pause it is half-open: the first call is let through and the others wait for how
    it ends, which closes the circuit or opens it again for twice as long. What calls say that began before the
    circuit opened or closed last is not counted.
    """

    def __init__(self, name: str, *, max_failures: int, pause_s: float, clock: Callable[[], float] = time.time) -> None:
        """Begin closed; `name` tells people whose circuit it is."""
        self._name = name
        self._max_failures = max_failures
        self._first_pause_s = self._pause_s = pause_s
        self._clock = clock
        self._state = CircuitState.CLOSED
        self._n_failures = 0
        self._opened_until = 0.0
        self._last_error: str | None = None
        self._is_tried = False  # half-open and a call is under way
        self._era = 0  # ends when the circuit opens or closes
        self._changed = threading.Condition()

    @property
    def status(self) -> CircuitStatus:
        with self._changed:
            return CircuitStatus(
                state=self._state,
                n_failures=self._n_failures,
                opened_until=self._opened_until if self._state is CircuitState.OPEN else None,
                last_error=self._last_error,
            )

    def enter(self) -> int:
        """Let a call through and return the ticket that its end is noted with.

        While another call tries a half-open circuit, this waits for it.

        Raises:
            CircuitOpen: the server is left alone for now.
        """
        with self._changed:
            while True:
                if self._state is CircuitState.CLOSED:
                    return self._era
                if self._state is CircuitState.OPEN:
                    left_s = self._opened_until - self._clock()
                    if 0 < left_s <= max(self._pause_s, LONGEST_PAUSE_S):  # else the clock was set back
                        raise CircuitOpen(self._describe(), retry_after_s=left_s)
                    self._state = CircuitState.HALF_OPEN
                if not self._is_tried:
                    self._is_tried = True
                    return self._era
                self._changed.wait()

    def note_answer(self, ticket: int) -> None:
        """The server answered, if only to refuse: it is well."""
        with self._changed:
            if ticket != self._era:
                return
            self._n_failures = 0
            if self._state is CircuitState.HALF_OPEN:
                self._pause_s = self._first_pause_s
                self._turn(CircuitState.CLOSED)
                logger.info("%s answers again", self._name, extra={"event": "circuit_closed"})

    def note_failure(self, ticket: int, error: str, retry_after_s: float | None = None) -> None:
        """The server failed."""
        with self._changed:
            if ticket != self._era:
                return
            self._n_failures += 1
            self._last_error = error
            if self._state is CircuitState.CLOSED and self._n_failures < self._max_failures:
                return
            if self._state is CircuitState.HALF_OPEN:
                self._pause_s = min(2 * self._pause_s, max(LONGEST_PAUSE_S, self._first_pause_s))
            self._opened_until = self._clock() + max(self._pause_s, min(retry_after_s or 0.0, LONGEST_PAUSE_S))
            self._turn(CircuitState.OPEN)
            logger.warning("%s", self._describe(), extra={"event": "circuit_opened"})

    def note_nothing(self, ticket: int) -> None:
        """The call ended without a word on the server's health: the next one may try."""
        with self._changed:
            if ticket == self._era and self._state is CircuitState.HALF_OPEN:
                self._is_tried = False
                self._changed.notify_all()

    def _turn(self, state: CircuitState) -> None:
        self._state = state
        self._is_tried = False
        self._era += 1
        self._changed.notify_all()

    def _describe(self) -> str:
        until = datetime.fromtimestamp(self._opened_until, UTC)
        return (
            f"{self._name} failed {self._n_failures} times in a row: nothing is asked before {until:%H:%M:%S} UTC "
            f"(MRARU_CIRCUIT_PAUSE_S). The last failure: {self._last_error}"
        )
