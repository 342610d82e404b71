"""`mraru serve`: gunicorn and the worker as two processes, looked after until one asks to stop."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

from mraru.bootstrap import Services
from mraru.bootstrap.sampler_factory import make_sampler
from mraru.bootstrap.stopping_criteria import make_stopping_criteria
from mraru.bootstrap.teaching.llm_factory import find_llm_price
from mraru.cli.logs import configure_logging
from mraru.cli.server.folder_lock import hold_folder
from mraru.cli.server.process_environment import told_to_processes
from mraru.errors import SettingsError
from mraru.loopback import is_loopback
from mraru.plugins import load_factory
from mraru.settings import Settings
from mraru.settings.settings import list_brought
from mraru.teachers.zero_shot.zero_shot_record import describe_range

logger = logging.getLogger(__name__)

CHECK_S = 0.2  # seconds between two looks at the processes
STOP_S = 90.0  # seconds to let calls to the teacher end
WORKER_RESTART_S = 5.0  # seconds before a worker that died is started again
WORKER_COMMAND = (sys.executable, "-m", "mraru", "worker", "--ends-with-parent")


def serve_backend(settings: Settings) -> int:
    """Run until SIGTERM or Ctrl-C, or until the web server dies; returns the exit code.

    Raises:
        FolderTaken: another `mraru serve` uses MODEL_DIR.
        SettingsError, PriceUnknown, StudentModelMissing, StoreError: found before anything is started.
    """
    configure_logging(settings.log_level, settings.log_format)
    with hold_folder(settings.model_dir), told_to_processes(settings):
        check_settings(settings)
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: stopping.set())
        return _serve(settings, stopping)


def _serve(settings: Settings, stopping: threading.Event) -> int:
    """Start both processes, start the worker again when it dies, and end both; returns the exit code."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        web = start_process(gunicorn_command(settings), started)
        worker = start_process(WORKER_COMMAND, started)
        logger.info("serving on %s:%d", settings.host, settings.port, extra={"event": "serving"})
        worker_dead_since: float | None = None
        while not stopping.wait(CHECK_S):
            if web.poll() is not None:
                logger.error("the web server ended with code %d", web.returncode, extra={"event": "web_ended"})
                return web.returncode or 1
            if worker.poll() is None:
                continue
            if worker_dead_since is None:
                worker_dead_since = time.monotonic()
                logger.error("the worker ended with code %d", worker.returncode, extra={"event": "worker_ended"})
            elif time.monotonic() - worker_dead_since > WORKER_RESTART_S:
                started.remove(worker)
                worker, worker_dead_since = start_process(WORKER_COMMAND, started), None
    finally:
        end_processes(started)
    return 0


def check_settings(settings: Settings) -> None:
    """Find what would fail later.

    Raises:
        SettingsError: the port is taken, or others could call without a login.
        PriceUnknown: a model's price is neither known nor set.
        StudentModelMissing: the language model of the student distilbert cannot be fetched.
        PluginInvalid: a part that is named by a class or brought by another package is not what it must be.
        StoreError: MODEL_DIR cannot be used.
    """
    if not is_loopback(settings.host) and settings.basic_auth is None and not settings.unsafe_no_login:
        raise SettingsError(
            f"MRARU_HOST: other machines can call {settings.host}, so set BASIC_AUTH_USER and BASIC_AUTH_PASS (or "
            "MRARU_UNSAFE_NO_LOGIN=true, if whoever reaches the port may read all texts and spend the budget)"
        )
    services = Services(settings)
    for llm in settings.llms:
        find_llm_price(services.settings, llm)
    services.students.fetch_model()
    services.students.make()
    make_sampler(settings)
    for group, name in list_brought(settings):
        load_factory(group, name)
    make_stopping_criteria(settings)
    _ = services.embedder  # loads no model
    if settings.uses_zero_shot:
        logger.warning(
            "no LLM is set (OPENAI_API_KEY or OPENAI_BASE_URL): the built-in zero-shot teacher labels, %s",
            describe_range(),
            extra={"event": "zero_shot"},
        )
    if settings.label_studio_url is None:
        used = (
            "what Label Studio sends with /setup is used (MRARU_ALLOW_SETUP_TOKEN), which works only where legacy "
            "tokens are on and the address it names can be reached from here"
            if settings.uses_setup_token
            else "no project can be worked on"
        )
        logger.warning(
            "LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY are not set: %s", used, extra={"event": "label_studio_not_set"}
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as exc:
            raise SettingsError(f"PORT: cannot listen on {settings.host}:{settings.port}: {exc.strerror}") from exc
    services.store.close()
    _ = services.webhook_secret


def gunicorn_command(settings: Settings) -> list[str]:
    """Gunicorn over `mraru.cli.server.wsgi`, with our worker, since /predict may embed while /health must answer."""
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "mraru.cli.server.wsgi:make_app()",
        "--config",
        "python:mraru.cli.server.gunicorn_config",
        f"--bind={settings.host}:{settings.port}",
        f"--workers={settings.workers}",
        f"--threads={settings.threads}",
        "--timeout=0",  # a long /predict is not a hung worker
        f"--log-level={settings.log_level.lower()}",
    ]


def start_process(
    command: Sequence[str], started: list[subprocess.Popen[bytes]], environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a process that is noted in `started` and finds its standard input closed once this process is gone."""
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, start_new_session=True)
    started.append(process)
    return process


def end_processes(started: Sequence[subprocess.Popen[bytes]], stop_s: float = STOP_S) -> None:
    """Have all of them end at the same time, and kill what is left after `stop_s` seconds."""
    deadline = time.monotonic() + stop_s
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
    for process in started:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdin is not None:
            process.stdin.close()
