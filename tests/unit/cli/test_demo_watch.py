"""When `mraru demo` is done with its rounds, and what it leaves for commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mraru.cli.demonstration.demo_run import _is_done, _keep_settings
from mraru.settings import Settings

DONE: dict[str, Any] = {
    "state": "stopped",
    "reason": "3 rounds done",
    "phase": None,
    "n_corrections_waiting": 0,
    "n_predictions": 60,
    "controls": {"rounds_left": None},
}


@pytest.mark.parametrize(
    ("changes", "is_done"),
    [
        ({}, True),
        ({"phase": "pushing"}, False),
        ({"n_corrections_waiting": 1}, False),
        ({"n_predictions": 0}, False),
        ({"state": "running"}, False),
        ({"state": "paused", "controls": {"rounds_left": 0}}, True),
        ({"state": "paused", "controls": {"rounds_left": 2}}, False),
        ({"state": "paused", "reason": "the LLM does not answer"}, False),
    ],
)
def test_a_project_that_people_paused_is_not_waited_for(changes: dict[str, Any], is_done: bool) -> None:
    assert _is_done({**DONE, **changes}) is is_done


def test_commands_in_the_demos_folder_find_its_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {
        "LABEL_STUDIO_URL": "http://localhost:8080",
        "LABEL_STUDIO_API_KEY": "it's a # token",
        "PORT": "9191",
    }
    for name in environment:
        monkeypatch.delenv(name, raising=False)
    _keep_settings(tmp_path, environment)
    monkeypatch.chdir(tmp_path)
    settings = Settings()
    assert settings.label_studio_url == "http://localhost:8080"
    assert settings.label_studio_api_key is not None
    assert settings.label_studio_api_key.get_secret_value() == "it's a # token"
    assert (settings.port, settings.model_dir) == (9191, tmp_path / "backend")
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
