"""Every command that reads or changes the store says in one line what is wrong with it, and has changed nothing."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from fakes.clocks import HandClock
from fakes.dashboard import fill_store
from fakes.disks import damage_pages, no_room
from fakes.embedders import CountingEmbedder
from fakes.services import make_services
from mraru.cli import commands as command_line

COMMANDS = (
    "audit 3",
    "backup backup.zip",
    "cost report",
    "forget 3 --yes",
    "go-on 3",
    "labels ask-again 3 s",
    "labels define 3 s sports",
    "labels list 3",
    "labels rename 3 s Business",
    "ledger export",
    "pause 3",
    "report 3",
    "round 3",
    "set 3 MRARU_MAX_CALLS 7",
    "start 3",
    "worker",
)
CHANGES = tuple(command for command in COMMANDS if command.split()[0] in ("go-on", "pause", "set", "start"))
STORE = "mraru.sqlite3"


@pytest.fixture(scope="module")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    services = make_services(folder, HandClock(), CountingEmbedder())
    fill_store(services)
    services.store.stop_rules.note(3, {"target accuracy": "reached"}, 0, 1.0)
    services.store.close()
    return folder / STORE


@pytest.fixture
def store_file(filled_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MODEL_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / STORE
    path.write_bytes(filled_file.read_bytes())
    return path


def run(monkeypatch: pytest.MonkeyPatch, command: str) -> int:
    monkeypatch.setattr(sys, "argv", ["mraru", *command.split()])
    with pytest.raises(SystemExit) as ended:
        command_line.run()
    return int(ended.value.code or 0)


def line_of(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr."""
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("mraru: ")]
    return line


def rows_of(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return [
            tuple(row)
            for table in ("projects", "project_settings", "stop_rules")
            for row in connection.execute(f"SELECT * FROM {table}")
        ]


@pytest.mark.parametrize("command", COMMANDS)
def test_over_a_damaged_store_each_command_is_one_line(
    command: str, store_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for table in ("projects", "calls"):
        damage_pages(store_file, table)
    assert run(monkeypatch, command) == 1
    line = line_of(capsys)
    assert STORE in line
    assert "damaged" in line


@pytest.mark.parametrize("command", CHANGES)
def test_on_a_full_disk_each_command_is_one_line_and_changes_nothing(
    command: str, store_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows_of(store_file)
    with no_room():
        code = run(monkeypatch, command)
    assert code == 1
    assert "its disk is full" in line_of(capsys)
    assert rows_of(store_file) == before


@pytest.mark.parametrize("command", ["go-on 3", "start 3", "set 3 MRARU_MAX_CALLS 7"])
def test_where_the_last_of_several_changes_fails_none_was_made(
    command: str, store_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(store_file)) as connection:
        connection.execute("UPDATE projects SET state = 'failed'")
        connection.execute("CREATE TRIGGER refusal BEFORE UPDATE ON projects BEGIN SELECT RAISE(ABORT, 'refused'); END")
        connection.commit()
    before = rows_of(store_file)
    monkeypatch.setattr(sys, "argv", ["mraru", *command.split()])
    with pytest.raises(IntegrityError, match="refused"):
        command_line.run()
    assert rows_of(store_file) == before


def test_a_file_that_cannot_be_written_is_one_line_too(
    store_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (store_file.parent / "taken").touch()
    assert run(monkeypatch, f"report 3 --out {store_file.parent / 'taken'}") == 1
    assert "taken: File exists" in line_of(capsys)
