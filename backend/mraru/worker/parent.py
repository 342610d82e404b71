"""Ends a process when the one that started it is gone, so that nothing is left behind after a kill."""

from __future__ import annotations

import os
import signal
import threading

CHECK_S = 1.0  # seconds between two looks at the parent process


def end_with_parent() -> None:
    """Have this process get SIGTERM once its parent is gone."""
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    never = threading.Event()
    while not never.wait(CHECK_S):
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
            return
