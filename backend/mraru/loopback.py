"""Whether a name or an address is of this machine itself."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address


def is_loopback(host: str) -> bool:
    """Whether callers elsewhere cannot reach it.

    >>> [is_loopback(host) for host in ("localhost", "a.localhost", "127.8.8.8", "::1", "::ffff:127.0.0.1")]
    [True, True, True, True, True]
    >>> [is_loopback(host) for host in ("0.0.0.0", "localhost.example", "::ffff:192.0.2.7", "")]
    [False, False, False, False]
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
