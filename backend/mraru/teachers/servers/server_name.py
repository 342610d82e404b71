"""What a server is called in the store; beside no client, so that commands that only read need not import one."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

OPENAI_URL = "https://api.openai.com/v1"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def server_name(base_url: str | None) -> str:
    """The address of a server, written in one way: a model's name means another model on another server.

    >>> server_name(None), server_name("HTTP://user:key@Localhost:80/v1/?x=1"), server_name("http://[::1]:8000/v1")
    ('https://api.openai.com/v1', 'http://localhost/v1', 'http://[::1]:8000/v1')
    """
    parts = urlsplit(base_url or OPENAI_URL)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    if parts.port is not None and parts.port != _DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{parts.port}"
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
