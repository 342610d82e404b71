from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from fakes.odd_server import odd_server
from fakes.services import clear_environment
from mraru.cli.commands import app
from mraru.cli.upkeep.doctor_words import look_before_connecting, print_report
from mraru.doctor.findings import Checked, Finding, Report, Severity, Skipped, Unexamined
from mraru.errors import LabelStudioError
from mraru.settings import load_settings

STEER = "a title \x1b[2J of [bold]theirs[/bold]"

REPORT = Report(
    project_id=3,
    checked=(
        Checked(
            name="token",
            findings=(
                Finding(code="one", severity=Severity.INFO, message="Good to know."),
                Finding(code="two", severity=Severity.ERROR, message=STEER, remedy="Do that."),
            ),
        ),
        Checked(name="disk", findings=()),
    ),
    skipped=(Skipped(name="texts", because_of="token"), Skipped(name="webhook", because_of="token")),
    unexamined=(Unexamined(name="prices", why="no LLM is set"), Unexamined(name="server", why="no LLM is set")),
)


@pytest.fixture(autouse=True)
def _empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clear_environment(monkeypatch, tmp_path)


def printed(*, has_colours: bool = False) -> str:
    surroundings = {"TERM": "xterm"}  # whatever terminal the tests run in
    console = Console(
        file=StringIO(), force_terminal=has_colours, highlight=False, markup=False, width=200, _environ=surroundings
    )
    print_report(REPORT, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_findings_come_worst_first_with_what_to_do_and_what_was_not_looked_at() -> None:
    assert printed().splitlines() == [
        "✗ a title \\x1b[2J of [bold]theirs[/bold] [two]",
        "  What to do: Do that.",
        "i Good to know. [one]",
        "✓ Well: disk.",
        "- Nothing to look at, as no LLM is set: prices, server.",
        "- Not looked at, because of 'token': texts, webhook.",
        "1 error, 1 note. 2 checks made, 4 left out.",
    ]


def test_a_terminal_gets_colours() -> None:
    assert "\x1b[1;31m✗" in printed(has_colours=True)


@pytest.mark.parametrize("arguments", [["doctor"], ["doctor", "3"]])
def test_a_fresh_folder_is_told_and_nothing_is_left_in_it(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MRARU_BACKEND_URL", "http://127.0.0.1:9")
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "[label-studio-not-set]" in result.stdout
    assert "[store-missing]" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_json_is_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MRARU_BACKEND_URL", "http://127.0.0.1:9")
    result = CliRunner().invoke(app, ["doctor", "3", "--json"])
    told = json.loads(result.stdout)
    assert (told["project"], told["exit_code"], result.exit_code) == (3, 2, 2)
    by_code = {row["code"]: row for row in told["findings"]}
    assert by_code["store-missing"]["severity"] == "warning"
    assert by_code["store-missing"]["check"] == "store"
    assert by_code["store-missing"]["remedy"]
    assert "settings" in told["passed"]
    assert {"check": "texts", "because_of": "Label Studio's settings"} in told["skipped"]
    assert {"check": "prices", "why": "no LLM is set"} in told["nothing_to_look_at"]


def test_settings_that_are_wrong_are_a_finding_and_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "ninety")
    result = CliRunner().invoke(app, ["doctor", "--json"])
    (finding,) = json.loads(result.stdout)["findings"]
    assert (finding["code"], result.exit_code) == ("settings-invalid", 2)
    assert finding["message"].startswith("PORT: ")


def test_no_secret_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "LABEL_STUDIO_URL": "http://127.0.0.1:9",
        "LABEL_STUDIO_API_KEY": "hush-1",
        "OPENAI_API_KEY": "hush-2",
        "BASIC_AUTH_USER": "ann",
        "BASIC_AUTH_PASS": "hush-3",
        "MRARU_WEBHOOK_SECRET": "hush-4",
        "MRARU_BACKEND_URL": "http://127.0.0.1:9",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["doctor", "3"])
    assert "Label Studio cannot be reached" in result.stdout
    assert "hush" not in result.stdout


def answer(path: str) -> tuple[int, str]:
    """What Label Studio answers, and also something that is not this backend."""
    told = {"/api/version/": {"release": "1.23.2"}, "/health": {"status": "UP", "model_class": "NER"}}
    return 200, json.dumps(told.get(path, {"id": 1, "email": "a@example.com"}))


def look(label_studio_url: str, backend_url: str) -> str:
    console = Console(file=StringIO(), highlight=False, markup=False, width=400)
    look_before_connecting(
        load_settings(label_studio_url=label_studio_url, label_studio_api_key="0123"), backend_url, console
    )
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_before_connecting_nothing_is_asked_where_label_studio_is_not() -> None:
    with pytest.raises(LabelStudioError, match=r"cannot be reached at http://127.0.0.1:9 .* What to do: "):
        look("http://127.0.0.1:9", "http://127.0.0.1:9")
    with (
        odd_server(lambda path: answer(path) if "version" in path else (401, "{}")) as url,
        pytest.raises(LabelStudioError, match="does not accept the token"),
    ):
        look(url, "http://127.0.0.1:9")


def test_nothing_is_registered_at_an_address_that_label_studio_does_not_accept() -> None:
    with odd_server(answer) as url, pytest.raises(LabelStudioError, match=r"no webhook at http://backend:9: .*a dot"):
        look(url, "http://backend:9")


def test_before_connecting_an_address_of_something_else_is_warned_of() -> None:
    with odd_server(answer) as url:
        assert "[backend-is-another]" in look(url, url)


def test_before_connecting_it_is_left_to_label_studio_whether_it_reaches_the_backend() -> None:
    with odd_server(answer) as url:
        assert look(url, "http://127.0.0.1:9") == ""


def test_connecting_looks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0123")
    with odd_server(lambda path: (200, "<html>")) as url:
        monkeypatch.setenv("LABEL_STUDIO_URL", url)
        result = CliRunner().invoke(app, ["connect", "3"])
    assert isinstance(result.exception, LabelStudioError)
    assert "is no Label Studio" in str(result.exception)
