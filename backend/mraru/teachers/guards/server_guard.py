"""What all teachers share that ask one model of one server: its rate limits, its circuit, its health."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from mraru.interfaces import HealthBook, Teacher
from mraru.records import TeacherAnswer, TeacherHealth
from mraru.teachers.guards.booked_calls import Ask
from mraru.teachers.guards.circuit_guarded import CircuitTeacher, ask_through
from mraru.teachers.guards.rate_limited import RateLimitedTeacher, ask_in_turn
from mraru.teachers.servers.circuit import Circuit
from mraru.teachers.servers.rate_limiter import RateLimiter


class ServerGuard:
    """One for each model of each server in a process, whatever the project."""

    def __init__(self, *, server: str, model: str, limiter: RateLimiter, circuit: Circuit, book: HealthBook) -> None:
        self._server = server
        self._model = model
        self._limiter = limiter
        self._circuit = circuit
        self._book = book
        self._written: TeacherHealth | None = None
        self._guard = threading.Lock()

    def wrap(self, teacher: Teacher) -> Teacher:
        """Have a teacher of this model keep to the limits and the circuit."""
        limited = RateLimitedTeacher(teacher, self._limiter)
        return CircuitTeacher(limited, self._circuit, on_change=self._write_down)

    def ask(self, tokens_bound: int, ask: Ask) -> TeacherAnswer:
        """Have one call, of whatever kind, keep to the same limits and the same circuit.

        Args:
            tokens_bound: the most tokens, prompt and answer, that it can use.
        """
        return ask_through(
            self._circuit, lambda: ask_in_turn(self._limiter, tokens_bound, ask), on_change=self._write_down
        )

    def hear(self, headers: Mapping[str, str]) -> None:
        """Learn the rate limits from an answer's headers; never raises."""
        self._limiter.learn(headers)

    def _write_down(self) -> None:
        """Write down how the server fares, if that is news."""
        with self._guard:  # held while writing, so that what is written last is the latest
            status = self._circuit.status
            health = TeacherHealth(
                server=self._server,
                model=self._model,
                circuit=status.state,
                n_failures=status.n_failures,
                opened_until=status.opened_until,
                last_error=status.last_error,
                requests_per_minute=self._limiter.told_per_minute("requests"),
                tokens_per_minute=self._limiter.told_per_minute("tokens"),
            )
            if health != self._written:
                self._book.save(health)
                self._written = health
