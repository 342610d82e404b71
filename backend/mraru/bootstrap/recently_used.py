"""Things that are made once and kept while they are used; of too many, those that nobody asked for lately go."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class RecentlyUsed(Generic[Key, Made]):
    """The last ones by key; whoever has one that went may go on with it.

    >>> kept = RecentlyUsed[int, str](2)
    >>> [kept.get(number, lambda: "first") for number in (1, 2, 3)]
    ['first', 'first', 'first']
    >>> kept.get(1, lambda: "made again"), kept.get(3, lambda: "made again")
    ('made again', 'first')
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Made] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key, make: Callable[[], Made]) -> Made:
        """The one of this key; made now where there is none."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            made = self._kept.setdefault(key, made)  # another thread may have been faster
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made

    def take_all(self) -> list[Made]:
        """All that are kept; none are afterwards."""
        with self._lock:
            taken = list(self._kept.values())
            self._kept.clear()
        return taken
