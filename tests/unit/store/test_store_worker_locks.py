from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mraru.store.projects.worker_locks import FOLDER, hold_worker_lock, list_workers

HOLD = """
import sys
from pathlib import Path
from mraru.store.projects.worker_locks import hold_worker_lock
with hold_worker_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

StartWorker = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[StartWorker]:
    """`start_worker()`: another process that holds a lock until `end(process)`."""
    with ExitStack() as stack:
        yield lambda: _start_worker(tmp_path, stack)


def _start_worker(folder: Path, stack: ExitStack) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    stack.enter_context(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.communicate()


def test_a_folder_without_workers_has_none_and_is_not_made(tmp_path: Path) -> None:
    assert list_workers(tmp_path / "new") == []
    assert not (tmp_path / "new").exists()


def test_workers_are_seen_while_they_live(tmp_path: Path, start_worker: StartWorker) -> None:
    first, second = start_worker(), start_worker()
    workers = list_workers(tmp_path)
    assert workers is not None
    assert sorted(int(name.rpartition(":")[2]) for name in workers) == sorted([first.pid, second.pid])
    end(first)
    assert [name.rpartition(":")[2] for name in list_workers(tmp_path) or []] == [str(second.pid)]
    end(second)
    assert list_workers(tmp_path) == []
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_worker_that_was_killed_is_not_alive_and_the_next_one_tidies_up(
    tmp_path: Path, start_worker: StartWorker
) -> None:
    killed = start_worker()
    os.kill(killed.pid, signal.SIGKILL)
    end(killed)
    assert list_workers(tmp_path) == []
    assert len(list((tmp_path / FOLDER).iterdir())) == 1
    with hold_worker_lock(tmp_path):
        assert len(list((tmp_path / FOLDER).iterdir())) == 1
        workers = list_workers(tmp_path)
        assert workers is not None
        assert workers[0].endswith(f":{os.getpid()}")


def test_a_folder_that_takes_no_lock_keeps_no_worker_from_working(tmp_path: Path) -> None:
    (tmp_path / FOLDER).touch()  # a file, so no lock can be made in it
    with hold_worker_lock(tmp_path):
        pass
