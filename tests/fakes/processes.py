"""Real processes of ours in tests: started on a folder, and waited for without looking again and again."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

FOREIGN = ("LABEL_STUDIO_", "OPENAI_", "MRARU_", "BASIC_AUTH_")  # settings of whoever runs the tests
WAIT_S = 60.0  # seconds; nothing takes so long unless it hangs


def start(
    *arguments: str, settings: Mapping[str, str] | None = None, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """Python with these arguments, in a session of its own, its two outputs in one pipe."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    backend = str(Path(__file__).parent.parent.parent / "backend")
    path = os.pathsep.join([backend, str(Path(__file__).parent.parent)])
    return subprocess.Popen(
        [sys.executable, *arguments],
        env={**own, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "MRARU_EMBEDDING_THREADS": "1", **(settings or {})},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def read_until(process: subprocess.Popen[str], said: str) -> str:
    """What a process says up to the line that holds `said`."""
    assert process.stdout is not None
    heard = ""
    for line in process.stdout:
        heard += line
        if said in line:
            return heard
    raise AssertionError(f"never said {said!r}: {heard}")


def list_children(pid: int) -> list[int]:
    """The processes that this one started and that are there."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Watched:
    """A process that need not be our child; on leaving, it and its group are killed."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._file = os.pidfd_open(pid)

    def has_ended(self, timeout_s: float = WAIT_S) -> bool:
        """Whether it ends before the time is over."""
        return bool(select.select([self._file], [], [], timeout_s)[0])

    def end(self) -> None:
        if not self.has_ended(0.0):
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        os.close(self._file)
