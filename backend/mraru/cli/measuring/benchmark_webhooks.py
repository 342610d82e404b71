"""`mraru benchmark webhooks`: many webhooks a second at a real web server, beside one whose handler does nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path

from flask import Flask
from rich.console import Console

from mraru.benchmark.studies.webhooks.webhook_load import LABEL_CONFIG, Load, make_event, send_events
from mraru.cli.server.serve import WORKER_COMMAND, end_processes, gunicorn_command, start_process
from mraru.errors import BenchmarkError
from mraru.labelstudio.connecting.connection import SECRET_HEADER
from mraru.settings import Settings, load_settings
from mraru.store.store import Store, open_store

N_EVENTS, PER_SECOND = 10_000, 200.0
PROJECT = 1
SECRET = "of-the-benchmark"  # nobody else hears of the server  # nosec B105
NOWHERE = "http://127.0.0.1:9"  # nobody listens there: the project waits for its Label Studio
WAIT_S = 120.0  # seconds, for the server to be up
EMPTY_APP = "mraru.cli.measuring.benchmark_webhooks:make_empty_app()"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFigures:
    """What became of the webhooks."""

    n_sent: int
    per_second: float
    n_refused: int
    n_written_down: int
    n_applied: int  # annotations that the store has after them, one for each if none was lost or applied wrongly
    n_waiting: int  # events that were not dealt with
    p50_s: float
    p99_s: float
    empty_p50_s: float
    empty_p99_s: float
    applied_after_s: float  # seconds from the last answer until the worker had dealt with all

    @property
    def p99_ratio(self) -> float:
        """To the same server with a handler that does nothing."""
        return self.p99_s / self.empty_p99_s


def make_empty_app() -> Flask:
    """An application that takes webhooks and does nothing."""
    app = Flask("empty", static_folder=None)
    app.add_url_rule("/webhook", "webhook", lambda: ({"status": "written down"}, 201), methods=["POST"])
    app.add_url_rule("/health", "health", lambda: {"status": "UP"})
    return app


def run_webhooks(
    out: Path, n_events: int = N_EVENTS, per_second: float = PER_SECOND, console: Console | None = None
) -> WebhookFigures:
    """Send webhooks to an empty handler and to ours, with a worker beside it; write webhooks.json.

    Raises:
        BenchmarkError: the server does not come up.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="mraru-webhooks-") as folder:
        settings = load_settings(host="127.0.0.1", port=_find_port(), model_dir=Path(folder), log_level="ERROR")
        events = [make_event(PROJECT, number) for number in range(1, n_events + 1)]
        with console.status("an empty handler"), _serve(settings, EMPTY_APP):
            empty = send_events(settings.port, events, per_second, {})
        with closing(open_store(settings.model_dir / "mraru.sqlite3")) as store:
            store.projects.connect(
                PROJECT, label_config=LABEL_CONFIG, hostname=None, access_token=None, backend_url=None
            )
            with console.status("our handler, and a worker"), _serve(settings):
                ours = send_events(settings.port, events, per_second, {SECRET_HEADER: SECRET})
                answered = time.monotonic()
                _wait_for(lambda: store.events.count_open() == 0, n_events / 10 + WAIT_S)
            figures = _count(store, empty, ours, per_second, time.monotonic() - answered)
    out.mkdir(parents=True, exist_ok=True)
    (out / "webhooks.json").write_text(json.dumps({**asdict(figures), "p99_ratio": figures.p99_ratio}, indent=2))
    console.print(
        f"{figures.n_sent} webhooks at {per_second:g} a second: {figures.n_written_down} written down, "
        f"{figures.n_applied} applied, {figures.n_refused} refused.\n"
        f"Answered within {1000 * figures.p99_s:.0f} ms in 99 of 100 cases ({1000 * figures.p50_s:.0f} ms in the "
        f"median); an empty handler on the same server within {1000 * figures.empty_p99_s:.0f} ms "
        f"({1000 * figures.empty_p50_s:.0f} ms): {figures.p99_ratio:.1f} times as long.\n"
        f"All were applied {figures.applied_after_s:.1f} s after the last answer."
    )
    return figures


def _count(store: Store, empty: Load, ours: Load, per_second: float, applied_after_s: float) -> WebhookFigures:
    return WebhookFigures(
        n_sent=len(ours.seconds),
        per_second=per_second,
        n_refused=ours.n_refused,
        n_written_down=store.events.count_all(),
        n_applied=store.annotations.count(PROJECT),
        n_waiting=store.events.count_open(),
        p50_s=ours.p50_s,
        p99_s=ours.p99_s,
        empty_p50_s=empty.p50_s,
        empty_p99_s=empty.p99_s,
        applied_after_s=applied_after_s,
    )


@contextmanager
def _serve(settings: Settings, app: str | None = None) -> Iterator[None]:
    """The web server as `mraru serve` starts it, with a worker unless it is for another application."""
    started: list[subprocess.Popen[bytes]] = []
    environment = {
        "MODEL_DIR": str(settings.model_dir),
        "MRARU_WEBHOOK_SECRET": SECRET,
        "LOG_LEVEL": "ERROR",
        "LABEL_STUDIO_URL": NOWHERE,
        "LABEL_STUDIO_API_KEY": SECRET,
    }
    command = [app if app and part.startswith("mraru.cli.server.wsgi") else part for part in gunicorn_command(settings)]
    try:
        start_process(command, started, _own(environment))
        if app is None:
            start_process(WORKER_COMMAND, started, _own(environment))
        _wait_for(lambda: _is_up(settings.port), WAIT_S)
        yield
    finally:
        end_processes(started)


def _own(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what is set for a real backend."""
    foreign = ("LABEL_STUDIO_", "OPENAI_", "MRARU_", "BASIC_AUTH_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | dict(environment)


def _is_up(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5.0)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _wait_for(is_so: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > deadline:
            raise BenchmarkError("The server did not do its work in time.")
        time.sleep(0.1)


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
