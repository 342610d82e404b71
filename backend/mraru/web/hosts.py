"""Refuses requests under a name that is not ours.

A page of another site can have its own name lead to this machine ("DNS rebinding"); its browser then takes what comes
from here for its own. Such a request says that name in `Host`.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import Forbidden

from mraru.loopback import is_loopback
from mraru.settings import Settings

CONTAINERS_NAMES = frozenset({"host.docker.internal", "host.containers.internal"})  # of this machine; no site has them


def make_host_check(settings: Settings) -> Callable[[], None]:
    """Make what lets a request pass, or answers 403.

    With a login, browsers send it under the names alone for which people typed it: every name is ours then, unless
    MRARU_ALLOWED_HOSTS lists some.
    """
    listed = {name.strip().lower() for name in settings.allowed_hosts.split(",") if name.strip()}
    is_any_allowed = not listed and (settings.basic_auth is not None or settings.unsafe_no_login)

    def check_host() -> None:
        name = _name_of(request.host)
        if not is_any_allowed and name not in listed and name not in CONTAINERS_NAMES and not is_loopback(name):
            raise Forbidden(
                f"This backend does not go by the name {name[:100]!r}: list it in MRARU_ALLOWED_HOSTS if it does."
            )

    return check_host


def _name_of(host: str) -> str:
    """The name in a `Host` header, without its port.

    >>> _name_of("Localhost:9090"), _name_of("[::1]:9090"), _name_of("[")
    ('localhost', '::1', '')
    """
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""
