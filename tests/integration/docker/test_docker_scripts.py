"""The scripts that the image is made of, run without Docker."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mraru import __version__
from mraru.demo.label_studio_server import free_port

DOCKER = Path(__file__).parents[3] / "docker"
START_S = 120.0  # seconds for the backend to come up
STOP_S = 100.0
POLL_S = 0.2  # seconds between two looks


def environment(venv_bin: Path, folder: Path, **settings: str) -> dict[str, str]:
    """What the image sets, with this virtual environment's commands first."""
    return {
        "PATH": f"{venv_bin}:/usr/bin:/bin",
        "HOME": str(folder),
        "MODEL_DIR": str(folder / "data"),
        "MRARU_HOST": "127.0.0.1",
        **settings,
    }


def run_script(name: str, *arguments: str, env: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(DOCKER / name), *arguments]
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=1500, check=False)


def check_that_it_serves(env: dict[str, str], folder: Path) -> None:
    """Start the entrypoint, wait for the health check to succeed, stop it, and see it fail again."""
    assert run_script("healthcheck.sh", env=env, folder=folder).returncode == 1
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen([str(DOCKER / "entrypoint.sh")], env=env, cwd=folder, stderr=log)
    try:
        wait_until_healthy(process, env, folder)
    finally:
        process.terminate()
        ended_with = process.wait(STOP_S)
    assert ended_with == 0
    assert run_script("healthcheck.sh", env=env, folder=folder).returncode == 1


def wait_until_healthy(process: subprocess.Popen[bytes], env: dict[str, str], folder: Path) -> None:
    deadline = time.monotonic() + START_S
    while run_script("healthcheck.sh", env=env, folder=folder).returncode != 0:
        assert time.monotonic() < deadline, (folder / "serve.log").read_text()
        try:
            process.wait(POLL_S)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail((folder / "serve.log").read_text())
    if "BASIC_AUTH_PASS" in env:
        refused = run_script("healthcheck.sh", env=env | {"BASIC_AUTH_PASS": "another"}, folder=folder)
        assert refused.returncode == 1
        assert "401" in refused.stderr


@pytest.fixture
def venv_bin() -> Path:
    return Path(sys.executable).parent


def test_the_entrypoint_runs_the_command_it_is_given(venv_bin: Path, tmp_path: Path) -> None:
    ran = run_script("entrypoint.sh", "--version", env=environment(venv_bin, tmp_path), folder=tmp_path)
    assert ran.stdout == f"mraru {__version__}\n"


def test_the_entrypoint_hands_on_the_exit_code(venv_bin: Path, tmp_path: Path) -> None:
    env = environment(venv_bin, tmp_path, PORT="none")
    ran = run_script("entrypoint.sh", "serve", env=env, folder=tmp_path)
    assert ran.returncode == 1
    assert "PORT" in ran.stderr


@pytest.mark.slow
def test_the_entrypoint_serves_until_it_is_stopped_and_the_health_check_sees_it(venv_bin: Path, tmp_path: Path) -> None:
    auth = {"BASIC_AUTH_USER": "label-studio", "BASIC_AUTH_PASS": "a secret: ü"}
    check_that_it_serves(environment(venv_bin, tmp_path, PORT=str(free_port(0)), **auth), tmp_path)


@pytest.fixture
def installed_bin(tmp_path: Path) -> Iterator[Path]:
    """The commands of a virtual environment made by install.sh; removed afterwards, for it is large."""
    venv = tmp_path / "venv"
    env = {name: os.environ[name] for name in os.environ if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    installed = run_script("install.sh", str(venv), env=env, folder=tmp_path)
    assert installed.returncode == 0, installed.stderr
    assert installed.stdout.strip().endswith(f"mraru {__version__}")
    yield venv / "bin"
    shutil.rmtree(venv)


@pytest.mark.slow
@pytest.mark.skipif(
    os.environ.get("MRARU_TEST_DOCKER_INSTALL") != "1",
    reason="takes minutes: MRARU_TEST_DOCKER_INSTALL=1 asks for it",
)
def test_install_makes_a_backend_that_serves_away_from_the_checkout(installed_bin: Path, tmp_path: Path) -> None:
    check_that_it_serves(environment(installed_bin, tmp_path, PORT=str(free_port(0))), tmp_path)
