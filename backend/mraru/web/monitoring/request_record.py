"""What is measured and logged of each request: how long it took, by route; nothing of what was asked."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

logger = logging.getLogger(__name__)

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # in the environment, where several processes add up what they measure
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PROBES = frozenset({"/", "/health", "/ready", "/metrics"})  # that monitoring asks for all the time
BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 100.0)  # Label Studio waits 100 s
LONGEST_PATH = 200  # characters


class SharedCollector(MultiProcessCollector):
    """Adds up what all processes measured; a file that a process has just made is passed over while it is empty."""

    def collect(self) -> Iterable[Metric]:
        files = [str(path) for path in Path(self._path).glob("*.db") if path.stat().st_size]
        added: Iterable[Metric] = self.merge(files, accumulate=True)  # type: ignore[no-untyped-call]
        return added


class RequestRecord:
    """Measures the requests of this process; with several, `registry` holds those of all of them."""

    def __init__(self, *, has_access_log: bool) -> None:
        """`has_access_log`: whether a line is logged for each request as well."""
        self._has_access_log = has_access_log
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a time beside each count that nobody asks for
        self.registry = CollectorRegistry()
        is_shared = bool(os.environ.get(SHARED_FOLDER))
        self._durations = Histogram(
            "mraru_http_request_duration_seconds",
            "From the request's first byte to the answer's headers",
            ["method", "route", "status"],
            buckets=BOUNDS_S,
            registry=None if is_shared else self.registry,
        )
        if is_shared:
            SharedCollector(self.registry)  # type: ignore[no-untyped-call]

    def watch(self, app: Flask) -> None:
        """Measure every request of an application: to be called before anything else is done to requests."""
        app.before_request(self._begin)
        app.after_request(self._end)

    def _begin(self) -> None:
        g.began_s = time.perf_counter()

    def _end(self, response: Response) -> Response:
        duration_s = time.perf_counter() - g.began_s
        method = request.method if request.method in METHODS else "other"
        route = name_route()
        self._durations.labels(method, route, f"{response.status_code // 100}xx").observe(duration_s)
        if self._has_access_log:
            _log(response, method, route, duration_s)
        return response


def name_route() -> str:
    """The request's route as OpenAPI spells it, without what stands in its address: few, whatever is sent."""
    rule = request.url_rule
    return "unknown" if rule is None else re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)


def _log(response: Response, method: str, route: str, duration_s: float) -> None:
    """One line; of the address its path alone, since queries may hold tokens."""
    is_quiet = route in PROBES and response.status_code < 400
    path = quote(request.path)[:LONGEST_PATH]
    size = response.content_length
    client = request.remote_addr or "-"
    logger.log(
        logging.DEBUG if is_quiet else logging.INFO,
        "%s %s %d %.0f ms %s B %s",
        method,
        path,
        response.status_code,
        1000 * duration_s,
        "-" if size is None else size,
        client,
        extra={
            "event": "request",
            "fields": {
                "method": method,
                "route": route,
                "path": path,
                "status": response.status_code,
                "duration_s": round(duration_s, 6),
                "size_bytes": size,
                "client": client,
            },
        },
    )
