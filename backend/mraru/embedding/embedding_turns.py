"""Turns at one model: who has the fewest texts left goes next, and who cannot be done in time is told at once."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mraru.errors import CallerLeft, TooBusy

LOOK_S = 0.25  # seconds between two looks whether a caller who waits is still there
NEWEST_WEIGHT = 0.3  # of the last turn, in the mean time per text


def _never_leaves() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long somebody waits for an answer."""

    deadline: float  # seconds, in the terms of the line's clock
    has_left: Callable[[], bool] = _never_leaves


class Turns:
    """A line in front of one model that works for one caller at a time, a few texts in each turn.

    The first turn of all is not timed: the model may be loaded in it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._changed = threading.Condition()
        self._line: list[Place] = []
        self._numbers = itertools.count()
        self._is_taken = False
        self._n_turns = 0
        self._pace_s: float | None = None  # seconds per text, of late

    @contextmanager
    def line_up(self, n_texts: int, patience: Patience) -> Iterator[Place]:
        """A place in the line for as long as the block lasts."""
        place = Place(self, next(self._numbers), n_texts, patience)
        with self._changed:
            self._line.append(place)
        try:
            yield place
        finally:
            with self._changed:
                self._line.remove(place)
                self._changed.notify_all()

    def _begin(self, place: Place) -> None:
        with self._changed:
            place.is_waiting = True
            try:
                while not self._is_next(place):
                    self._changed.wait(LOOK_S)
                self._is_taken = True
            finally:
                place.is_waiting = False

    def _is_next(self, place: Place) -> bool:
        now, patience = self.clock(), place.patience
        if patience.has_left():
            raise CallerLeft()
        n_ahead = sum(other.n_left for other in self._line if other.rank < place.rank)
        if now >= patience.deadline:
            raise TooBusy("The texts are still being embedded: ask again in a minute.")
        if n_ahead and self._pace_s is not None and now + (n_ahead + place.n_left) * self._pace_s > patience.deadline:
            raise TooBusy()
        first = min((other for other in self._line if other.is_waiting), key=lambda other: other.rank)
        return first is place and not self._is_taken

    def _end(self, place: Place, n_texts: int, took_s: float) -> None:
        with self._changed:
            self._is_taken = False
            self._n_turns += 1
            place.n_left -= n_texts
            if self._n_turns > 1:
                pace_s = took_s / n_texts
                before_s = pace_s if self._pace_s is None else self._pace_s
                self._pace_s = before_s + NEWEST_WEIGHT * (pace_s - before_s)
            self._changed.notify_all()


class Place:
    """Somebody's place in the line."""

    def __init__(self, turns: Turns, number: int, n_left: int, patience: Patience) -> None:
        self._turns = turns
        self._number = number
        self.n_left = n_left  # texts still to be done
        self.patience = patience
        self.is_waiting = False

    @property
    def rank(self) -> tuple[int, int]:
        """The lower, the sooner: few texts before many, then in the order of arrival."""
        return self.n_left, self._number

    @contextmanager
    def turn(self, n_texts: int) -> Iterator[None]:
        """Wait for the model, and have it for as long as the block lasts.

        Args:
            n_texts: how many are done in it, at least 1.

        Raises:
            TooBusy: the deadline has passed, or will have when those ahead and this one are done.
            CallerLeft: nobody waits for the answer any more.
        """
        self._turns._begin(self)
        started = self._turns.clock()
        try:
            yield
        finally:
            self._turns._end(self, n_texts, self._turns.clock() - started)
