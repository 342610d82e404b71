"""`python -m mraru` and the command `mraru`."""

from __future__ import annotations

import os
import signal
import sys

NOT_ON_WINDOWS = """\
mraru: Windows is not supported: the backend needs processes and signals as Linux and macOS have them. Run it
- in Docker, from the checkout: docker compose -f docker/compose.yml up --build (that file's first lines say how), or
- in WSL: `wsl --install` in an administrator's terminal, then install and start it in there. Browsers of Windows reach
  it at http://localhost:9090."""


def main() -> None:
    """Run the command line; on Windows say what to do instead, before anything is imported that is not there."""
    if sys.platform == "win32":
        sys.exit(NOT_ON_WINDOWS)
    hear_stops(os.getpid())
    from mraru.cli.commands import run

    run()


def hear_stops(pid: int) -> None:
    """Have the first process of a container end when it is told to, also while it still imports.

    The kernel drops signals that process 1 has no handler for: `docker stop` would wait in vain, and then kill.
    """
    if pid == 1:
        signal.signal(signal.SIGTERM, lambda number, frame: os._exit(128 + number))


if __name__ == "__main__":
    main()
