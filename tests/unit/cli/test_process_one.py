"""The first process of a container ends when it is told to, from its first instant on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

WAITING = "from mraru.__main__ import hear_stops; hear_stops({pid}); print('here', flush=True); input()"


@contextmanager
def started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that has said that it is there; it ends with the test."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        try:
            yield process
        finally:
            process.kill()


def test_process_one_hears_a_stop_before_anything_else_is_imported() -> None:
    with started([sys.executable, "-c", WAITING.format(pid=1)]) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 128 + signal.SIGTERM


def test_any_other_process_keeps_what_python_does() -> None:
    with started([sys.executable, "-c", WAITING.format(pid=2)]) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == -signal.SIGTERM


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root for a namespace of its own"
)
def test_the_kernel_lets_the_stop_through_to_process_one_of_a_namespace() -> None:
    command = [
        "unshare",
        "--pid",
        "--fork",
        "--kill-child",
        sys.executable,
        "-c",
        WAITING.format(pid="__import__('os').getpid()"),
    ]
    if subprocess.run(["unshare", "--pid", "--fork", "true"], capture_output=True).returncode:
        pytest.skip("no namespaces here")
    with started(command) as process:
        (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGTERM)
        assert process.wait(timeout=30) == 128 + signal.SIGTERM
