"""Gunicorn's hooks: it ends with the process that started it, so that no port stays taken."""

from __future__ import annotations

import os
import signal
import threading

control_socket_disable = True  # gunicorn would put one into the home folder

CHECK_S = 1.0  # seconds between two looks at the parent process


def when_ready(_server: object) -> None:
    """Watch the parent process once the arbiter listens."""
    threading.Thread(target=_watch_parent, args=(os.getppid(),), daemon=True).start()


def _watch_parent(parent: int) -> None:
    never = threading.Event()
    while not never.wait(CHECK_S):
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
            return
