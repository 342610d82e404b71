"""The demo's backend: `mraru serve` as a subprocess, and what it says of a project."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from mraru.demo.signs_of_life import SignsOfLife
from mraru.errors import DemoError

START_S = 600.0  # seconds without a line of its log or a change of its store, while it starts
STOP_S = 100.0  # seconds to end
POLL_S = 0.2  # seconds between two looks


class BackendProcess:
    """A context manager around `mraru serve`; its log goes to `backend.log` in the folder.

    `on_line` gets the last line of its log while it starts.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        environment: Mapping[str, str],
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self.url = f"http://localhost:{port}"
        self._log = folder / "backend.log"
        self._store = folder / "backend"
        self._on_line = on_line
        self._environment = {
            **os.environ,
            **environment,
            "PORT": str(port),
            "MRARU_HOST": "127.0.0.1",
            "MODEL_DIR": str(self._store),
        }
        user, password = self._environment.get("BASIC_AUTH_USER"), self._environment.get("BASIC_AUTH_PASS")
        auth = (user, password) if user and password else None
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", auth=auth, timeout=60.0, trust_env=False)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._log.touch()
        signs = SignsOfLife(self._log, (self._store,))
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "mraru", "serve"],
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_up(signs)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the backend and wait for it."""
        self._http.close()
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def describe_project(self, project_id: int) -> dict[str, Any] | None:
        """What the backend says of the project; None before Label Studio told it of the project."""
        self._check_alive()
        response = self._http.get(f"/api/projects/{project_id}")
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        response.raise_for_status()
        return dict(response.json())

    def _wait_until_up(self, signs: SignsOfLife) -> None:
        while signs.silent_for_s() < START_S:
            self._check_alive()
            try:
                self._http.get("/health")
            except httpx.TransportError:
                if self._on_line:
                    self._on_line(signs.last_line())
                time.sleep(POLL_S)
            else:
                return
        raise DemoError(f"The backend wrote nothing for {START_S:.0f} s and does not answer: see {self._log}.")

    def _check_alive(self) -> None:
        if self._process is None or self._process.poll() is not None:
            tail = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
            raise DemoError("The backend ended: " + " / ".join(line.strip() for line in tail))
