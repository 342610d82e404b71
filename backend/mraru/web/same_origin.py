"""Refuses what another site has a browser send: it would carry the password of whoever is logged in."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # these change nothing


def refuse_cross_site() -> None:
    """Let a request pass that changes nothing, that comes from our own pages, or that is of no browser; else 403.

    Browsers say where a request comes from in `Sec-Fetch-Site`, which a page cannot forge; over plain HTTP they leave
    it out, and send `Origin` alone. Label Studio, scripts and the command line send neither.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        is_ours = site in ("same-origin", "none")
    else:
        is_ours = origin is None or urlsplit(origin).netloc == request.host
    if not is_ours:
        raise Forbidden("This came from a page of another site, so nothing was done: use the backend's own address.")
