"""Rows that come at the same time from many threads, written in one transaction: each waits for the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Row = Mapping[str, object]


@dataclass(slots=True)
class _Waiting:
    row: Row
    answer: bool | None = None  # None until it is written
    failure: BaseException | None = None


class WrittenTogether:
    """Whoever gets to write writes for all who came meanwhile.

    >>> WrittenTogether(lambda rows: [row["n"] != 2 for row in rows]).add({"n": 1})
    True
    """

    def __init__(self, write: Callable[[Sequence[Row]], list[bool]]) -> None:
        """`write` writes rows in one transaction, all or none, and answers for each in their order."""
        self._write = write
        self._waiting: list[_Waiting] = []
        self._listing = threading.Lock()
        self._writing = threading.Lock()

    def add(self, row: Row) -> bool:
        """Write a row, with those of other threads; returns what `write` answered, when it is written.

        Raises:
            BaseException: what `write` raised; then none of those rows is written.
        """
        mine = _Waiting(row)
        with self._listing:
            self._waiting.append(mine)
        with self._writing:
            if mine.answer is None and mine.failure is None:
                self._write_all()
        if mine.failure is not None:
            raise mine.failure
        assert mine.answer is not None  # written by this thread or the one before
        return mine.answer

    def _write_all(self) -> None:
        with self._listing:
            batch, self._waiting = self._waiting, []
        try:
            answers = self._write([entry.row for entry in batch])
        except BaseException as exc:
            for entry in batch:
                entry.failure = exc
        else:
            for entry, answer in zip(batch, answers, strict=True):
                entry.answer = answer
