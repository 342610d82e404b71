"""What all teachers share that ask one model of one server: its rate limits and its circuit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
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
        sharing = [each for each in self._settings.llms if (server_name(each.base_url), each.model) == key]
        return self._find(
            *key,
            requests_per_minute=_lowest(each.requests_per_minute for each in sharing),
            tokens_per_minute=_lowest(each.tokens_per_minute for each in sharing),
        )

    def guard_of_brought(self, name: str) -> ServerGuard:
        """The guard of the teacher that another package brings, with the limits of the settings."""
        return self._find(
            name,
            name,
            requests_per_minute=self._settings.requests_per_minute,
            tokens_per_minute=self._settings.tokens_per_minute,
        )

    def _find(
        self, server: str, model: str, *, requests_per_minute: int | None, tokens_per_minute: int | None
    ) -> ServerGuard:
        with self._making:
            if (server, model) not in self._made:
                limits = (requests_per_minute, tokens_per_minute)
                self._made[server, model] = self._make(server, model, *limits)
            return self._made[server, model]

    def _make(
        self, server: str, model: str, requests_per_minute: int | None, tokens_per_minute: int | None
    ) -> ServerGuard:
        from mraru.teachers.guards.server_guard import ServerGuard
        from mraru.teachers.servers.circuit import Circuit
        from mraru.teachers.servers.rate_limiter import RateLimiter

        settings = self._settings
        limiter = RateLimiter(
            requests_per_minute=requests_per_minute, tokens_per_minute=tokens_per_minute, sleep=self._sleep
        )
        circuit = Circuit(
            f"{model} at {server}",
            max_failures=settings.circuit_failures,
            pause_s=settings.circuit_pause_s,
            clock=self._clock,
        )
        return ServerGuard(server=server, model=model, limiter=limiter, circuit=circuit, book=self._book)


def _lowest(limits: Iterable[int | None]) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)
