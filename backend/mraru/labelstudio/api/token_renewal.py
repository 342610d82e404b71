"""A 401 that a fresh access token ends: Label Studio's tokens last five minutes, and clocks differ."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx

BEARER = "Bearer "
EXCHANGE = "/api/token/refresh/"


class RenewingClient(httpx.Client):
    """Sends a request that was answered 401 once more, with an access token that was fetched for it. Thread-safe."""

    def __init__(self, renew: Callable[[str], str | None], **options: Any) -> None:
        """Nothing is sent.

        Args:
            renew: gives another access token than the refused one; None where there is none to be had.
            options: those of `httpx.Client`.
        """
        super().__init__(verify=known_certificates(), **options)
        self._renew = renew

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """The answer, the second one where a fresh token was needed."""
        response = super().send(request, **options)
        used = request.headers.get("Authorization", "")
        if response.status_code != httpx.codes.UNAUTHORIZED or request.url.path.endswith(EXCHANGE):
            return response
        fresh = self._renew(used.removeprefix(BEARER)) if used.startswith(BEARER) else None
        if fresh is None:
            return response
        response.close()
        request.headers["Authorization"] = BEARER + fresh
        return super().send(request, **options)


@cache
def known_certificates() -> ssl.SSLContext:
    """Whom connections trust: read once, since it takes longer than all else that makes a client."""
    return httpx.create_ssl_context()
