"""What all teachers share that ask one model of one server: its rate limits and its circuit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from mraru.interfaces import HealthBook
from mraru.settings import LLMSettings, Settings
from mraru.teachers.servers.server_name import server_name

if TYPE_CHECKING:
    from mraru.teachers.guards.server_guard import ServerGuard


class ServerGuards:
    """One guard for each model of each server, of whatever project and thread."""

    def __init__(
        self,
        settings: Settings,
        *,
        sleep: Callable[[float], object],
        clock: Callable[[], float],
        book: HealthBook,
    ) -> None:
        """None is made yet.

        Args:
            sleep: waits so many seconds; returns True if the process is to end.
        """
        self._settings = settings
        self._sleep = sleep
        self._clock = clock
        self._book = book
        self._making = threading.Lock()
        self._made: dict[tuple[str, str], ServerGuard] = {}  # by server and model

    def guard_of(self, llm: LLMSettings) -> ServerGuard:
        """The guard of this LLM, with the lowest of the limits that are set for its model."""
        key = (server_name(llm.base_url), llm.model)
        with self._making:
            if key not in self._made:
                self._made[key] = self._make(*key)
            return self._made[key]

    def _make(self, server: str, model: str) -> ServerGuard:
        from mraru.teachers.guards.server_guard import ServerGuard
        from mraru.teachers.servers.circuit import Circuit
        from mraru.teachers.servers.rate_limiter import RateLimiter

        settings = self._settings
        sharing = [llm for llm in settings.llms if (server_name(llm.base_url), llm.model) == (server, model)]
        limiter = RateLimiter(
            requests_per_minute=min(
                (llm.requests_per_minute for llm in sharing if llm.requests_per_minute), default=None
            ),
            tokens_per_minute=min((llm.tokens_per_minute for llm in sharing if llm.tokens_per_minute), default=None),
            sleep=self._sleep,
        )
        circuit = Circuit(
            f"{model} at {server}",
            max_failures=settings.circuit_failures,
            pause_s=settings.circuit_pause_s,
            clock=self._clock,
        )
        return ServerGuard(server=server, model=model, limiter=limiter, circuit=circuit, book=self._book)
