"""Attributes that are made when they are first asked for, once, also by threads that ask at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any, Self, TypeVar, overload

Made = TypeVar("Made")


class made_once(cached_property[Made]):
    """A `cached_property` that is locked while it is made: from Python 3.12 on, the standard library's is not.

    >>> class House:
    ...     @made_once
    ...     def roof(self) -> list[str]:
    ...         return ["tiles"]
    >>> house = House()
    >>> house.roof is house.roof
    True
    """

    def __init__(self, make: Callable[[Any], Made]) -> None:
        super().__init__(make)
        self._making = threading.RLock()

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> Made: ...

    def __get__(self, instance: object, owner: type[Any] | None = None) -> Self | Made:
        if instance is None:
            return self
        with self._making:
            return super().__get__(instance, owner)
