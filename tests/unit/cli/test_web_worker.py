"""The web server as a process of its own, and callers who send half of something or read nothing."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest

from fakes.processes import WAIT_S, read_until, start
from fakes.services import LABEL_CONFIG
from mraru.cli.server.serve import gunicorn_command
from mraru.settings import load_settings
from mraru.store.store import open_store

pytestmark = pytest.mark.slow

LARGE_FILE = (
    "/dashboard/_dash-component-suites/plotly/package_data/plotly.min.js"  # fits into no buffer of the kernel's
)
N_CALLERS = 64  # eight times the threads of old
BODY = json.dumps({"action": "PROJECT_UPDATED", "project": {"id": 1}})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which project 1 is connected."""
    folder = tmp_path_factory.mktemp("served")
    store = open_store(folder / "mraru.sqlite3")
    store.projects.connect(
        1, label_config=LABEL_CONFIG, hostname=None, access_token=None, backend_url="http://localhost:9090"
    )
    store.close()
    return folder


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """Gunicorn as `mraru serve` starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    command = gunicorn_command(load_settings(host="127.0.0.1", port=number, model_dir=folder))
    process = start(*command[1:], settings={"MODEL_DIR": str(folder)}, stdin=subprocess.PIPE)
    read_until(process, "Booting worker")
    yield number
    process.send_signal(signal.SIGTERM)
    process.wait(WAIT_S)
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()


def ask(port: int, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    answer = connection.getresponse()
    told = answer.status, answer.read()
    connection.close()
    return told


def send_half_a_head() -> bytes:
    return b"POST /webhook HTTP/1.1\r\nHost: localhost\r\n"


def send_half_a_body() -> bytes:
    return b"POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"


def send_half_a_piece() -> bytes:
    return b"POST /webhook HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n{"


def send_nothing() -> bytes:
    return b""


def read_nothing() -> bytes:
    return f"GET {LARGE_FILE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


@pytest.mark.parametrize("what", [send_nothing, send_half_a_head, send_half_a_body, send_half_a_piece, read_nothing])
def test_callers_who_stop_half_way_keep_nobody_waiting(port: int, folder: Path, what: Callable[[], bytes]) -> None:
    store = open_store(folder / "mraru.sqlite3")
    n_before = store.events.count_open()
    sent = what()
    with ExitStack() as callers:
        for _ in range(N_CALLERS):
            caller = callers.enter_context(socket.create_connection(("127.0.0.1", port), timeout=WAIT_S))
            caller.sendall(sent)
        assert ask(port, "GET", "/health")[0] == 200
        assert ask(port, "POST", "/webhook", BODY)[0] == 201
        assert ask(port, "GET", LARGE_FILE)[0] == 200
    assert store.events.count_open() == n_before + 1
    store.close()


def test_an_event_counts_though_its_sender_gave_up(port: int, folder: Path) -> None:
    store = open_store(folder / "mraru.sqlite3")
    n_before = store.events.count_open()
    head = f"POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n\r\n"
    with store.database.write():  # so that none can be written down meanwhile
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as caller:
                caller.sendall(f"{head}{BODY}".encode())
        assert ask(port, "GET", "/health")[0] == 200
    deadline = time.monotonic() + WAIT_S
    while store.events.count_open() < n_before + 20 and time.monotonic() < deadline:
        assert ask(port, "GET", "/health")[0] == 200
    assert store.events.count_open() == n_before + 20
    store.close()
