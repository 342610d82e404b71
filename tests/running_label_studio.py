"""A real Label Studio that runs for tests, and its first user."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mraru.demo.label_studio_environment import InstalledLabelStudio, ensure_label_studio
from mraru.demo.label_studio_server import LabelStudioServer, create_personal_access_token, free_port, sign_up

EMAIL, SECOND_EMAIL = "annotator@example.com", "second@example.com"
PASSWORD = "a-password-for-tests"


@dataclass(frozen=True, kw_only=True)
class RunningLabelStudio:
    """A Label Studio and its first user."""

    url: str
    email: str
    password: str
    token: str  # a personal access token
    second_email: str = SECOND_EMAIL  # of `second_member`
    executable: Path
    folder: Path


def install_label_studio(venv: Path, version: str | None = None) -> InstalledLabelStudio:
    """Have a Label Studio there; of all processes of this run, one installs it."""
    with venv.with_name(f"{venv.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return ensure_label_studio(venv) if version is None else ensure_label_studio(venv, version=version)


@contextmanager
def run_label_studio(executable: Path, folder: Path) -> Iterator[RunningLabelStudio]:
    """Start it on a free port over this folder, sign a user up, and end it with the block."""
    with LabelStudioServer(executable, folder, free_port(0)) as server:
        sign_up(server.url, EMAIL, PASSWORD)
        token = create_personal_access_token(server.url, EMAIL, PASSWORD)
        yield RunningLabelStudio(
            url=server.url, email=EMAIL, password=PASSWORD, token=token, executable=executable, folder=folder
        )
