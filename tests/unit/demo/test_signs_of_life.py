from __future__ import annotations

from pathlib import Path

import pytest

from fakes.clocks import HandClock
from mraru.demo.signs_of_life import SignsOfLife


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "a.log"
    path.write_text("what an earlier run wrote\n")
    return path


def test_only_what_is_written_since_the_start_is_shown(log: Path) -> None:
    signs = SignsOfLife(log, ())
    assert signs.last_line() == ""
    with log.open("a") as file:
        file.write("one\ntwo \n\n")
    assert signs.last_line() == "two"


def test_a_line_of_the_log_and_a_growing_database_are_signs_of_life(log: Path, tmp_path: Path) -> None:
    clock = HandClock()
    folder = tmp_path / "made later"
    signs = SignsOfLife(log, (folder,), clock)
    clock.advance(50)
    assert signs.silent_for_s() == 50
    with log.open("a") as file:
        file.write("one\n")
    assert signs.silent_for_s() == 0
    clock.advance(30)
    folder.mkdir()
    (folder / "database").write_bytes(b"1")
    assert signs.silent_for_s() == 0
    clock.advance(20)
    assert signs.silent_for_s() == 20
