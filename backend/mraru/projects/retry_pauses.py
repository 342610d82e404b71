"""How long a project waits for a server that does not answer: longer each time, until it does."""

from __future__ import annotations

import threading

LONGEST_S = 900.0


class Pauses:
    """Of all projects of a process. Thread-safe."""

    def __init__(self) -> None:
        self._last_s: dict[int, float] = {}
        self._guard = threading.Lock()

    def begin(self, project_id: int, first_s: float) -> float:
        """Seconds of the pause that begins now: twice the one before, within a quarter of an hour.

        >>> pauses = Pauses()
        >>> [pauses.begin(1, 60.0) for _ in range(6)], pauses.begin(2, 2000.0)
        ([60.0, 120.0, 240.0, 480.0, 900.0, 900.0], 2000.0)
        """
        with self._guard:
            before_s = self._last_s.get(project_id)
            pause_s = first_s if before_s is None else max(first_s, min(2 * before_s, LONGEST_S))
            self._last_s[project_id] = pause_s
        return pause_s

    def end(self, project_id: int) -> None:
        """Work went well: the next pause is a short one again."""
        with self._guard:
            self._last_s.pop(project_id, None)
