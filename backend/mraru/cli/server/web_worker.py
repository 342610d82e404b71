"""Gunicorn's worker with waitress in it: a loop receives requests whole and sends answers on, so that callers who send
or read slowly, or not at all, hold no thread.
"""

from __future__ import annotations

import logging
import os
import resource
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ThreadedTaskDispatcher

from mraru.web.flask_app import LARGEST_BODY_BYTES
from mraru.web.lanes import N_PREDICTING, Lane, find_lane

N_HEALTH = 2  # threads
N_EVENTS = 32  # threads; what comes at the same time is written down together
SILENCE_S = 30  # seconds after which a connection is closed that neither sends nor reads
LOOK_S = 1.0  # seconds between two looks whether the worker is to end
MAX_CONNECTIONS = 4000
FILES_LEFT = 200  # for the store, models and everything else that is no connection


class LaneThreads:
    """Waitress's threads, apart for each lane; they end with the process."""

    def __init__(self, n_pages: int) -> None:
        counts = {
            Lane.HEALTH: N_HEALTH,
            Lane.EVENTS: N_EVENTS,
            Lane.PREDICTIONS: N_PREDICTING + 1,  # one tells those beyond that no place is free
            Lane.PAGES: n_pages,
        }
        self._lanes: Mapping[Lane, ThreadedTaskDispatcher] = {lane: ThreadedTaskDispatcher() for lane in counts}
        for lane, n_threads in counts.items():
            self._lanes[lane].set_thread_count(n_threads)

    def add_task(self, channel: HTTPChannel) -> None:
        self._lanes[find_lane(channel.requests[0].path)].add_task(channel)


class CallerChannel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A caller's connection, which notices at once when the caller leaves."""

    def readable(self) -> bool:
        """Whether to look for more; not while an event waits, since it counts even if its sender has given up."""
        if self.requests and find_lane(self.requests[0].path) is Lane.EVENTS:
            return False
        return bool(super().readable())


class BufferingWorker(Worker):  # type: ignore[misc]  # gunicorn has no types
    """Runs waitress over gunicorn's sockets until gunicorn says to end."""

    def run(self) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # else a line for each request that waits a moment
        connections: dict[int, wasyncore.dispatcher] = {}
        for listener in self.sockets:
            _give_up_on_silence(listener.sock)
        create_server(
            self.wsgi,
            map=connections,
            _dispatcher=LaneThreads(self.cfg.threads),
            _start=False,
            sockets=[listener.sock for listener in self.sockets],
            ident=None,
            channel_timeout=SILENCE_S,
            cleanup_interval=SILENCE_S // 3,
            channel_request_lookahead=1,  # or a caller who leaves is not noticed
            connection_limit=_count_connections(),
            max_request_body_size=LARGEST_BODY_BYTES,
            asyncore_use_poll=True,
        )
        servers = [entry for entry in connections.values() if isinstance(entry, BaseWSGIServer)]
        for server in servers:
            server.channel_class = CallerChannel
            server.accept_connections()
        while self.alive and self.ppid == os.getppid():
            self._look(connections)
        for server in servers:  # gunicorn has closed its own: nobody can connect any more
            server.del_channel()
            server.socket.close()
        deadline = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < deadline and any(map(_is_busy, connections.values())):
            self._look(connections)

    def _look(self, connections: dict[int, wasyncore.dispatcher]) -> None:
        self.notify()
        wasyncore.loop(timeout=LOOK_S, use_poll=True, map=connections, count=1)


def _is_busy(entry: wasyncore.dispatcher) -> bool:
    """Whether somebody waits for an answer, or for the rest of it."""
    return isinstance(entry, HTTPChannel) and bool(entry.requests or entry.total_outbufs_len)


def _give_up_on_silence(listening: socket.socket) -> None:
    """Have the kernel end connections that read nothing of what was sent; Linux hands it on to each."""
    with suppress(AttributeError, OSError):  # other systems have none; a socket file needs none
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENCE_S * 1000)


def _count_connections() -> int:
    """How many may be open, of the files that this process may open."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if allowed == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(FILES_LEFT, min(MAX_CONNECTIONS, allowed - FILES_LEFT))
