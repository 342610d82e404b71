"""Whether a program that is starting is still at work, so that a slow machine is waited for and a dead end is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path


class SignsOfLife:
    """What a program writes: its log, and the files of its own folders, such as a database that is being made."""

    def __init__(self, log: Path, folders: Sequence[Path], clock: Callable[[], float] = time.monotonic) -> None:
        """Args: clock: seconds."""
        self._log = log
        self._folders = folders
        self._clock = clock
        self._start = log.stat().st_size if log.exists() else 0  # what an earlier run wrote
        self._seen = self._look()
        self._since = clock()

    def silent_for_s(self) -> float:
        """Seconds since something was last seen to be written."""
        seen = self._look()
        if seen != self._seen:
            self._seen, self._since = seen, self._clock()
        return self._clock() - self._since

    def last_line(self) -> str:
        """The last line of the log since the start; empty where there is none."""
        with self._log.open("rb") as log:
            log.seek(self._start)
            lines = log.read().decode("utf-8", errors="replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def _look(self) -> frozenset[tuple[Path, int, int]]:
        paths = {self._log, *(path for folder in self._folders if folder.is_dir() for path in folder.iterdir())}
        return frozenset(mark for path in paths if (mark := _mark(path)) is not None)


def _mark(path: Path) -> tuple[Path, int, int] | None:
    try:
        found = path.stat()
    except OSError:  # a database's journal comes and goes
        return None
    return path, found.st_size, found.st_mtime_ns
