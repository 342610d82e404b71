"""A Label Studio that is asked for nothing but whose token it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mraru.errors import LabelStudioError


class KnowsUser:
    """Knows whose token it is, or fails as a test says."""

    def __init__(self) -> None:
        self.error: LabelStudioError | None = None
        self.n_asked = 0

    @contextmanager
    def open(self, timeout_s: float) -> Iterator[KnowsUser]:
        assert timeout_s <= 5.0
        yield self

    def find_user(self, *, once: bool) -> str:
        assert once
        self.n_asked += 1
        if self.error is not None:
            raise self.error
        return "person@example.org"
