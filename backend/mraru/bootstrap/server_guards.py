"""What all teachers share that ask one model of one server: its rate limits and its circuit."""

from __future__ import annotations

from collections.abc import Callable

from mraru.interfaces import HealthBook
from mraru.settings import Settings
from mraru.teachers.guards.server_guard import ServerGuard
from mraru.teachers.servers.circuit import Circuit
from mraru.teachers.servers.rate_limiter import RateLimiter
from mraru.teachers.servers.server_name import server_name


def make_server_guard(
    settings: Settings,
    server: str,
    model: str,
    *,
    sleep: Callable[[float], object],
    clock: Callable[[], float],
    book: HealthBook,
) -> ServerGuard:
    """One with the lowest of the limits that are set for this model."""
    sharing = [llm for llm in settings.llms if (server_name(llm.base_url), llm.model) == (server, model)]
    limiter = RateLimiter(
        requests_per_minute=min((llm.requests_per_minute for llm in sharing if llm.requests_per_minute), default=None),
        tokens_per_minute=min((llm.tokens_per_minute for llm in sharing if llm.tokens_per_minute), default=None),
        sleep=sleep,
    )
    circuit = Circuit(
        f"{model} at {server}",
        max_failures=settings.circuit_failures,
        pause_s=settings.circuit_pause_s,
        clock=clock,
    )
    return ServerGuard(server=server, model=model, limiter=limiter, circuit=circuit, book=book)
