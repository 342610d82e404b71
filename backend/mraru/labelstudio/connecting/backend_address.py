"""At which addresses Label Studio accepts webhooks: those that Django calls URLs, tried with Label Studio 1.23."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_LABEL = re.compile(r"[a-z0-9\u00a1-\uffff]([a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?", re.IGNORECASE)
_LAST_LABEL = re.compile(r"(?!-)([a-z\u00a1-\uffff-]{2,63}|xn--[a-z0-9]{1,59})(?<!-)", re.IGNORECASE)


def is_accepted_host(url: str) -> bool:
    """Whether Label Studio accepts a webhook on the host of an address.

    It refuses names without a dot, such as those of containers, and names with an underscore.

    >>> [is_accepted_host(f"http://{host}:9090") for host in ("localhost", "10.0.0.1", "[::1]", "mraru.internal")]
    [True, True, True, True]
    >>> [is_accepted_host(f"http://{host}:9090") for host in ("backend", "ml_backend.local", "backend.x", "a..example")]
    [False, False, False, False]
    """
    host = (urlsplit(url).hostname or "").removesuffix(".")
    if host == "localhost" or _is_ip_address(host):
        return True
    *labels, last = host.split(".")
    return bool(labels) and all(map(_LABEL.fullmatch, labels)) and _LAST_LABEL.fullmatch(last) is not None


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
