"""Figures that were drawn a moment ago, so that several readers, or one who looks again, don't have them made anew."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

Made = TypeVar("Made")

LEAST_AGE_S = 4.0  # seconds for which figures are kept whatever has changed
MOST_AGE_S = 60.0  # seconds after which they are made anew though nothing is known to have changed
N_KEPT = 64


class RecentFigures:
    """The last figures by name, each with what it was made from."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[float, Hashable, object]] = OrderedDict()

    def get(self, name: Hashable, basis: Hashable, make: Callable[[], Made]) -> tuple[Made, bool]:
        """The figures of this name: kept ones, unless they are old or were made from something else.

        Returns:
            They, and whether they are of this basis: if not, they are to be looked at once more in a moment.
        """
        with self._lock:
            kept = self._kept.get(name)
        if kept is not None:
            age = abs(self._clock() - kept[0])  # it may have been set back
            if age < LEAST_AGE_S or (age < MOST_AGE_S and kept[1] == basis):
                return cast(Made, kept[2]), kept[1] == basis
        made = make()
        with self._lock:
            self._kept[name] = (self._clock(), basis, made)
            self._kept.move_to_end(name)
            while len(self._kept) > N_KEPT:
                self._kept.popitem(last=False)
        return made, True
