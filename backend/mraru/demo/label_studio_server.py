"""A real Label Studio in its own folder and its own process group."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from mraru.demo.signs_of_life import SignsOfLife
from mraru.errors import DemoError

START_TIMEOUT_S = 600.0  # without a line of its log or a change of its database; a laptop takes some 20 s in all
GROUP_TIMEOUT_S = 5.0  # for killed processes to be gone; where nobody reaps them they never are
POLL_INTERVAL_S = 0.25
STOP_TIMEOUT_S = 10.0
REQUEST_TIMEOUT_S = 60.0
STARTED = re.compile(r"Starting development server at http://[^/\s]*:(\d+)/")  # as Django says it
N_TAIL_LINES = 15

# Passed on from our own environment. Nothing else is: Label Studio would read PORT, HOST, PASSWORD,
# LABEL_STUDIO_HOST and others that are meant for the backend.
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SSL_CERT_FILE")

QUIET = {  # no analytics, no error reports, no look for a newer version
    "COLLECT_ANALYTICS": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "SENTRY_RATE": "0",
    "FRONTEND_SENTRY_RATE": "0",
    "LATEST_VERSION_CHECK": "false",
    "FEATURE_FLAGS_OFFLINE": "true",
}
LOCAL_ADDRESSES_ALLOWED = {"ML_BLOCK_LOCAL_IP": "false", "SSRF_PROTECTION_ENABLED": "false"}


def free_port(preferred: int) -> int:
    """`preferred` if nothing listens there on loopback, else a port that is free."""
    for port in (preferred, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoError("No free port on 127.0.0.1")


class LabelStudioServer:
    """A running Label Studio, for as long as the `with` block lasts.

    It listens on 127.0.0.1 alone, keeps everything in `folder` (SQLite), reports nothing to anybody, and
    lets its users register ML backends on local addresses unless `allow_local_addresses` is false. `on_line` gets the
    last line of its log while it starts. It may take any time to start while it writes something (`clock`: seconds).
    """

    def __init__(
        self,
        executable: Path,
        folder: Path,
        port: int,
        *,
        allow_local_addresses: bool = True,
        on_line: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.executable = executable
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log_path = folder / "label-studio.log"
        self._allow_local_addresses = allow_local_addresses
        self._on_line = on_line
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it and wait until it answers.

        Raises:
            DemoError: it ended early, or fell silent without answering; the message has the log's last lines.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [str(self.executable), "start", "--no-browser", "--internal-host", "127.0.0.1"]
        with self.log_path.open("wb") as log:
            try:
                self._process = subprocess.Popen(
                    [*command, "--port", str(self.port)],
                    cwd=self.folder,
                    env=self._environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as exc:  # an environment that was moved, or whose Python is gone
                raise DemoError(f"Label Studio cannot be started: {exc}. Name another virtual environment.") from exc
        try:
            self._wait_until_up(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the whole process group; nothing happens where nothing runs."""
        process, self._process = self._process, None
        if process is None:
            return
        for ending in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, ending)
                process.wait(timeout=STOP_TIMEOUT_S)
            except ProcessLookupError:
                process.wait(timeout=STOP_TIMEOUT_S)
                return
            except subprocess.TimeoutExpired:
                continue
        _wait_for_end(process.pid)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        own = {
            "LABEL_STUDIO_BASE_DATA_DIR": str(self.folder.resolve()),
            "DJANGO_DB": "sqlite",
            "LOG_LEVEL": "WARNING",
            "PYTHONUNBUFFERED": "1",  # its log tells whether it is at work
        }
        return kept | QUIET | own | (LOCAL_ADDRESSES_ALLOWED if self._allow_local_addresses else {})

    def _wait_until_up(self, process: subprocess.Popen[bytes]) -> None:
        signs = SignsOfLife(self.log_path, (self.folder,), self._clock)
        while signs.silent_for_s() < START_TIMEOUT_S:
            try:
                ended_with = process.wait(timeout=POLL_INTERVAL_S)
            except subprocess.TimeoutExpired:
                if self._has_told_its_address() and _is_up(self.url):
                    return
                if self._on_line:
                    self._on_line(signs.last_line())
                continue
            raise DemoError(f"Label Studio ended with {ended_with} while starting.\n{self._log_tail()}")
        raise DemoError(
            f"Label Studio wrote nothing for {START_TIMEOUT_S:.0f} s and does not answer.\n{self._log_tail()}"
        )

    def _has_told_its_address(self) -> bool:
        """Whether it says where it listens, which may be elsewhere: somebody took its port while it started.

        What answers at the port before that is another's, such as the Label Studio of a demo that was started beside.
        """
        told = STARTED.findall(self.log_path.read_text(errors="replace"))
        if told:
            self.port = int(told[-1])
            self.url = f"http://127.0.0.1:{self.port}"
        return bool(told)

    def _log_tail(self) -> str:
        lines = self.log_path.read_text(errors="replace").splitlines()[-N_TAIL_LINES:]
        return "\n".join([f"The end of {self.log_path}:", *lines])


def _wait_for_end(group: int) -> None:
    """Wait until no process of a killed group is left: a signal is sent before it is obeyed."""
    deadline = time.monotonic() + GROUP_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(POLL_INTERVAL_S)


def sign_up(url: str, email: str, password: str) -> None:
    """Create a user; one who exists with this password is left as is.

    Raises:
        DemoError: Label Studio refuses, or the user exists with another password.
    """
    with httpx.Client(base_url=url, timeout=REQUEST_TIMEOUT_S) as client:
        if not _submit_form(client, "/user/signup/", email, password):
            _log_in(client, email, password)


def create_personal_access_token(url: str, email: str, password: str) -> str:
    """Make a personal access token for a user; an earlier one is revoked, as Label Studio shows each once.

    Raises:
        DemoError: the user cannot log in, or Label Studio gives no token.
    """
    with httpx.Client(base_url=url, timeout=REQUEST_TIMEOUT_S) as client:
        _log_in(client, email, password)
        headers = {"Referer": url, "X-CSRFToken": client.cookies["csrftoken"]}
        answer = client.post("/api/token/", json={}, headers=headers)
        if answer.status_code == httpx.codes.CONFLICT:
            for earlier in client.get("/api/token/").json():
                client.post("/api/token/blacklist/", json={"refresh": earlier["token"]}, headers=headers)
            answer = client.post("/api/token/", json={}, headers=headers)
        if answer.status_code != httpx.codes.CREATED:
            raise DemoError(f"Label Studio gave no personal access token: status {answer.status_code}")
        return str(answer.json()["token"])


def _log_in(client: httpx.Client, email: str, password: str) -> None:
    if not _submit_form(client, "/user/login/", email, password):
        raise DemoError(f"Label Studio does not let {email} log in: the user is missing or the password is another")


def _submit_form(client: httpx.Client, path: str, email: str, password: str) -> bool:
    """Send one of Label Studio's own forms; its redirect means success, the form again means refusal."""
    client.get(path).raise_for_status()
    form = {"csrfmiddlewaretoken": client.cookies["csrftoken"], "email": email, "password": password}
    answer = client.post(path, data=form, headers={"Referer": f"{client.base_url}{path.lstrip('/')}"})
    return answer.is_redirect


def _is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=POLL_INTERVAL_S * 8).is_success
    except httpx.TransportError:
        return False
