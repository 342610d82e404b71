"""Commands that read the store alone start at once: they import nothing that takes long and that they do without."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mraru
from fakes.clocks import HandClock
from fakes.dashboard import fill_store
from fakes.embedders import CountingEmbedder
from fakes.services import clear_environment, make_services

pytestmark = pytest.mark.slow

PROJECT = 3
SCIENCE = ("torch", "transformers", "sentence_transformers", "sklearn", "scipy", "pandas", "skops", "crowdkit")
CLIENTS = ("openai", "label_studio_sdk", "httpx", "tenacity", "genai_prices")
PAGES = ("dash", "plotly", "flask", "matplotlib", "jinja2", "huey")
ALPHA = ("crowdkit", "pandas", "scipy", "sklearn")  # Krippendorff's, where several people labelled the same texts
TAKES_LONG = {*SCIENCE, *CLIENTS, *PAGES, "alembic"}
LISTS_MODULES = "import atexit, sys; atexit.register(lambda: print(*sys.modules, sep='\\n', file=open('modules', 'w')))"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a backend has kept a project."""
    clear_environment(monkeypatch, tmp_path)
    services = make_services(tmp_path / "mraru-data", HandClock(), CountingEmbedder())
    fill_store(services, PROJECT)
    services.store.close()
    return tmp_path


def packages_of(code: str, *arguments: str, folder: Path) -> set[str]:
    """What a fresh Python has imported by the end of this code."""
    environment = {**os.environ, "PYTHONPATH": str(Path(mraru.__file__).parents[1])}
    run = [sys.executable, "-c", f"{LISTS_MODULES}; {code}", *arguments]
    ran = subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return {name.partition(".")[0] for name in (folder / "modules").read_text().split()}


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("--help", ()),
        ("--version", ()),
        ("settings", ()),
        ("cost report", ()),
        ("cost report 3", ()),
        ("ledger export 3", ()),
        ("labels list 3", ()),
        ("batches 3", ()),
        ("backup ../backup.zip", ()),
        ("set 3", ("huey",)),
        ("start 3", ("huey",)),
        ("pause 3", ("huey",)),
        ("audit 3", ("jinja2",)),
        ("report 3", ("jinja2", "matplotlib", *ALPHA)),
    ],
)
def test_a_command_imports_what_it_needs_alone(command: str, needed: tuple[str, ...], folder: Path) -> None:
    packages = packages_of("from mraru.__main__ import main; main()", *command.split(), folder=folder)
    assert packages & TAKES_LONG == set(needed)


def test_what_serves_imports_everything_before_the_first_request(folder: Path) -> None:
    packages = packages_of("from mraru.cli.server.wsgi import make_app; make_app()", folder=folder)
    assert {"openai", "label_studio_sdk", "sklearn", "dash"} <= packages
