"""`mraru serve` as real processes: how it ends, and that there is one for each folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fakes.processes import Watched, list_children, read_until, start
from mraru.cli.server.folder_lock import hold_folder
from mraru.cli.server.serve import end_processes
from mraru.errors import FolderTaken, StoreError

STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(stack: ExitStack, folder: Path) -> subprocess.Popen[str]:
    settings = {"MODEL_DIR": str(folder), "PORT": str(free_port())}
    process = start("-m", "mraru", "serve", settings=settings)
    stack.callback(end, process)
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux")
def test_a_kill_while_it_starts_leaves_neither_worker_nor_web_server(stack: ExitStack, tmp_path: Path) -> None:
    process = serve(stack, tmp_path)
    read_until(process, "serving on")  # its processes were started a moment ago, and know nothing yet
    children = [Watched(pid) for pid in list_children(process.pid)]
    for child in children:
        stack.callback(child.end)
    os.kill(process.pid, signal.SIGKILL)
    assert len(children) == 2
    assert all(child.has_ended() for child in children)


def test_a_second_one_on_the_same_folder_is_told_and_a_killed_one_keeps_none_out(
    stack: ExitStack, tmp_path: Path
) -> None:
    first = start("-c", HOLDS, str(tmp_path))
    stack.callback(end, first)
    read_until(first, "held")
    told = rf"^MODEL_DIR: another `mraru serve` \(process {first.pid}\) uses .*Stop it first"
    with pytest.raises(FolderTaken, match=told), hold_folder(tmp_path):
        pass
    second = serve(stack, tmp_path)
    said, _ = second.communicate()
    assert (second.returncode, said.startswith("mraru: MODEL_DIR: another `mraru serve`")) == (1, True)
    first.kill()
    first.wait()
    with hold_folder(tmp_path):
        pass


HOLDS = """
import pathlib, signal, subprocess, sys
from mraru.cli.server.folder_lock import hold_folder
with hold_folder(pathlib.Path(sys.argv[1])):
    subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    print("held", flush=True)
    signal.pause()
"""


def test_the_folder_is_free_again_after_a_quiet_end(tmp_path: Path) -> None:
    for _ in range(2):
        with hold_folder(tmp_path / "made"):
            pass


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="MODEL_DIR: cannot write"), hold_folder(tmp_path / "file"):
        pass


def test_what_does_not_end_within_the_grace_is_killed() -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, start_new_session=True)
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.stdout.close()
    end_processes(started, stop_s=0.01)
    assert [process.returncode for process in started] == [-signal.SIGKILL] * 2
