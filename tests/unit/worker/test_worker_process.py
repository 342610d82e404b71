"""The worker as a real process, at work on something that does not end."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.processes import WAIT_S, read_until, start

AT_WORK = """
import pathlib, signal, sys, threading
from mraru.bootstrap import Services
from mraru.settings import load_settings
from mraru.worker.consumer import run_worker


class EndlessLoop:
    def advance(self):
        print("at work", flush=True)
        threading.Event().wait()


class EndlessServices(Services):
    def make_loop(self, project_id):
        return EndlessLoop()


services = EndlessServices(load_settings(model_dir=pathlib.Path(sys.argv[1]), webhook_secret="a-secret"))
services.store.projects.connect(1, label_config="", hostname=None, access_token=None, backend_url=None)
services.store.projects.start(1)
run_worker(services, grace_s=0.1)
"""


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = start("-c", AT_WORK, str(tmp_path))
    yield process
    process.kill()
    process.communicate()


def test_a_worker_that_is_asked_to_stop_ends_within_its_grace_whatever_is_at_work(
    worker: subprocess.Popen[str],
) -> None:
    read_until(worker, "at work")
    worker.send_signal(signal.SIGTERM)
    worker.communicate(timeout=WAIT_S)
    assert worker.returncode in (-signal.SIGKILL, -signal.SIGTERM)
