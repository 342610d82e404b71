from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from fakes.services import clear_environment
from mraru.cli.commands import app
from mraru.errors import ProjectUnknown

COMMANDS = (
    "audit 3",
    "backup ../backup.zip",
    "forget 3 --yes",
    "labels accept 3 sport",
    "labels dismiss 3 sport",
    "labels suggest 3",
    "pause 3",
    "report 3",
    "round 3",
    "set 3",
    "start 3",
    "tabs 3",
    "tabs 3 --restore",
    "teacher accuracy 3",
    "teacher eval 3",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_store_a_command_says_where_to_run_it_and_leaves_nothing_behind(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear_environment(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, command.split())
    assert isinstance(result.exception, ProjectUnknown)
    assert "run this where `mraru serve` runs, or set MODEL_DIR" in str(result.exception)
    assert list(tmp_path.iterdir()) == []
