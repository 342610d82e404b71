from __future__ import annotations

import sys

import pytest

from mraru import __version__
from mraru.cli import commands as command_line
from mraru.cli.upkeep.settings_page import settings_page
from mraru.errors import MRaruError


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["mraru", *arguments])
    with pytest.raises(SystemExit) as ended:
        command_line.run()
    return int(ended.value.code or 0)


def test_a_wrong_setting_is_one_line_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "ninety")
    assert run(monkeypatch, "serve") == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "mraru: PORT: Input should be a valid integer, unable to parse string as an integer"
    ]


def test_a_missing_setting_is_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "connect", "1") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mraru: LABEL_STUDIO_URL: ")


@pytest.mark.parametrize("message", ["about [/red] and [bold]", "in [archive]: ] [", "x" * 500])
def test_a_message_is_shown_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], message: str
) -> None:
    def fail() -> None:
        raise MRaruError(message)

    monkeypatch.setattr(command_line, "app", fail)
    assert run(monkeypatch) == 1
    assert capsys.readouterr().err == f"mraru: {message}\n"


def test_the_version_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"mraru {__version__}\n"


def test_the_page_of_the_settings_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "hush-hush")
    assert run(monkeypatch, "settings") == 0
    shown = capsys.readouterr().out
    assert shown == settings_page()
    assert "hush-hush" not in shown
