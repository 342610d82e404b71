"""How a command that spends money ends when it is told to: what is paid is kept, and nothing more is asked."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from mraru.bootstrap import Services

ENDINGS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def ends_in_order(services: Services) -> Iterator[Services]:
    """While a command works, Ctrl-C and SIGTERM end it: calls under way are waited for, none is tried again.

    Without this, threads that wait to try again would go on asking after Ctrl-C, and SIGTERM would lose answers that
    are paid. A second signal ends the process as it is.

    Raises:
        KeyboardInterrupt: one of them came.
    """
    if threading.current_thread() is not threading.main_thread():
        yield services
        return

    def end(number: int, frame: FrameType | None) -> None:
        for ending in ENDINGS:
            signal.signal(ending, signal.SIG_DFL)
        services.stopping.set()
        raise KeyboardInterrupt

    former = {number: signal.signal(number, end) for number in ENDINGS}
    try:
        yield services
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
