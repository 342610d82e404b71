"""What the end-to-end tests run: `mraru` as a process of its own, and ways to wait for what it does."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from mraru.demo.backend_process import BackendProcess

Found = TypeVar("Found")

LOOK_S = 0.1  # seconds between two looks at least
LOOKS_PART = 0.1  # of the waiting at most: what is waited for runs on the same cores
DEADLINE_S = 240.0  # far beyond what anything here takes on a busy machine: a test that reaches it has failed
LOGGED = re.compile(r"\[request\] (\w+) (\S+) ")
PROTOCOL = ("/setup", "/predict", "/train", "/webhook")
FOREIGN = ("LABEL_STUDIO_", "OPENAI_", "MRARU_", "BASIC_AUTH_")  # settings of whoever runs the tests


def wait_until(look: Callable[[], Found | None], what: str, deadline_s: float = DEADLINE_S) -> Found:
    """The first thing that `look` finds."""
    until = time.monotonic() + deadline_s
    while (began := time.monotonic()) < until:
        found = look()
        if found:
            return found
        looked_s = time.monotonic() - began
        time.sleep(max(LOOK_S, looked_s * (1 - LOOKS_PART) / LOOKS_PART))
    raise AssertionError(f"waited {deadline_s:.0f} s in vain until {what}")


def clean_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Our environment without settings of others, with few threads, and with these settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {**own, "OMP_NUM_THREADS": "1", "MRARU_EMBEDDING_THREADS": "1", **settings}


def run_mraru(*arguments: str, settings: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of `mraru` to its end, in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "mraru", *arguments],
        env=clean_environment(settings),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


class RunningBackend(BackendProcess):
    """`mraru serve`, with the web server's access log in its own log, and a way to die."""

    def __init__(self, folder: Path, port: int, settings: Mapping[str, str]) -> None:
        self.settings = {**settings, "MODEL_DIR": str(folder / "backend"), "MRARU_ACCESS_LOG": "true"}
        self.folder = folder
        self._port = port
        super().__init__(folder, port, clean_environment(self.settings))

    def ask_to_stop(self) -> None:
        """SIGTERM, without waiting."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def is_listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def wait_for_end(self) -> int:
        """The exit code of the whole family's head."""
        process, self._process = self._process, None
        assert process is not None
        self._http.close()
        return process.wait(DEADLINE_S)

    def kill(self) -> None:
        """SIGKILL to the whole family at once, as a power cut would end it."""
        process, self._process = self._process, None
        assert process is not None
        self._http.close()
        children = list_children(process.pid)  # web server and worker, each with a process group of its own
        os.kill(process.pid, signal.SIGKILL)
        for child in children:
            os.killpg(child, signal.SIGKILL)
        process.wait()

    def connect(self, project_id: int) -> str:
        """`mraru connect` as people run it; what it printed."""
        command = run_mraru(
            "connect", str(project_id), "--backend-url", self.url, settings=self.settings, folder=self.folder
        )
        assert command.returncode == 0, command.stderr
        return command.stdout

    def wait_for(
        self, project_id: int, is_there: Callable[[dict[str, Any]], bool], what: str, deadline_s: float = DEADLINE_S
    ) -> dict[str, Any]:
        """The project's state, once it is as wanted."""

        def look() -> dict[str, Any] | None:
            state = self.describe_project(project_id)
            assert state is None or state["state"] != "failed", state["reason"]
            return state if state is not None and is_there(state) else None

        return wait_until(look, what, deadline_s)

    def requests_by_label_studio(self) -> list[str]:
        """The requests so far of Label Studio's protocol, out of the access log, like `POST /predict`."""
        self._http.get("/versions").raise_for_status()  # ours; those before it are in the log by now
        logged = LOGGED.findall(self._log.read_text(encoding="utf-8", errors="replace"))
        return [f"{method} {path}" for method, path in logged if path in PROTOCOL]


def is_quiet(state: dict[str, Any]) -> bool:
    """The rounds are over, every event is dealt with, every task has its prediction."""
    return (
        state["state"] == "stopped"
        and not state["phase"]
        and not state["n_events_waiting"]
        and not state["n_corrections_waiting"]
        and all(round_["step"] == "done" for round_ in state["rounds"])
        and state["n_predictions"] > 0
    )


def list_children(pid: int) -> list[int]:
    """The processes that this one started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()]
