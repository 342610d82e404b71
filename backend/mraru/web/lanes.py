"""Which requests share threads, so that none of one kind keeps those of another waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import cast

from flask import request

from mraru.errors import TooBusy

N_PREDICTING = 32  # requests to /predict in a process; they wait for one model, and each holds its texts


class Lane(StrEnum):
    """Requests that wait for each other alone."""

    HEALTH = "health"  # answers without looking at anything
    EVENTS = "events"  # writes down; what comes here never comes again
    PREDICTIONS = "predictions"  # may embed for a minute
    PAGES = "pages"  # whatever people look at or download


LANES = {
    "/": Lane.HEALTH,
    "/health": Lane.HEALTH,
    "/setup": Lane.EVENTS,
    "/webhook": Lane.EVENTS,
    "/versions": Lane.EVENTS,
    "/predict": Lane.PREDICTIONS,
}


def find_lane(path: str) -> Lane:
    """The lane of a path.

    >>> find_lane("/webhook"), find_lane("/api/projects/3")
    (<Lane.EVENTS: 'events'>, <Lane.PAGES: 'pages'>)
    """
    return LANES.get(path, Lane.PAGES)


class Places:
    """A number of places; who finds none is told at once."""

    def __init__(self, n_places: int) -> None:
        self._free = threading.Semaphore(n_places)

    @contextmanager
    def take(self) -> Iterator[None]:
        """A place for as long as the block lasts.

        Raises:
            TooBusy: all are taken.
        """
        if not self._free.acquire(blocking=False):
            raise TooBusy("Too many requests are being answered: ask again in a minute.")
        try:
            yield
        finally:
            self._free.release()


def find_departure() -> Callable[[], bool]:
    """What tells whether the caller of this request has left; of a web server that cannot say, nobody ever has."""
    told = request.environ.get("waitress.client_disconnected", lambda: False)
    return cast(Callable[[], bool], told)
