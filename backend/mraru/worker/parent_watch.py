"""Ends a process when the one that started it is gone, so that nothing is left behind after a kill.

The parent holds the other end of a pipe that is this process's standard input. However the parent ends, the pipe closes
with it: also before this process has begun to look, and whoever adopts it.
"""

from __future__ import annotations

import os
import signal
import threading

GRACE_S = 85.0  # seconds for calls under way to end; `mraru serve` kills what is left a little later
STDIN = 0


def end_with_parent(grace_s: float = GRACE_S) -> None:
    """Have this process get SIGTERM once its standard input is closed, and SIGKILL `grace_s` seconds later."""
    threading.Thread(target=_watch, args=(grace_s,), daemon=True).start()


def end_within(grace_s: float) -> None:
    """Have this process, and its group where it leads one, be gone in `grace_s` seconds whatever it is at."""
    timer = threading.Timer(grace_s, _kill)
    timer.daemon = True
    timer.start()


def _watch(grace_s: float) -> None:
    try:
        while os.read(STDIN, 1):  # nothing is ever written
            pass
    except OSError:
        pass  # there is no standard input, so nobody holds it
    end_within(grace_s)
    os.kill(os.getpid(), signal.SIGTERM)


def _kill() -> None:
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
