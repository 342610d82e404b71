"""What `mraru demo` does to the folder that is named for Label Studio's virtual environment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mraru.demo.label_studio_environment import MARKER, PARTS, ensure_label_studio
from mraru.errors import DemoError


def put_label_studio(venv: Path, version: str, *, is_complete: bool = True) -> None:
    record = venv / "lib" / "python3.11" / "site-packages" / f"label_studio-{version}.dist-info" / "RECORD"
    record.parent.mkdir(parents=True)
    (record.parent / "METADATA").write_text(f"Metadata-Version: 2.1\nName: label-studio\nVersion: {version}\n")
    if is_complete:
        record.touch()
    (venv / "bin").mkdir(exist_ok=True)
    (venv / "bin" / "label-studio").touch()


def list_files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def no_pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """In place of the Python that makes environments, one that fails and says so."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "asked for $*"; exit 3\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    return "failed with 3:\nasked for -m venv"


@pytest.mark.parametrize("version", ["1.20.0", "1.21.0.post1", "1.23.2", "2.0.0"])
@pytest.mark.parametrize("is_ours", [True, False])
def test_a_complete_label_studio_from_1_20_on_is_taken_as_it_is(tmp_path: Path, version: str, is_ours: bool) -> None:
    put_label_studio(tmp_path, version)
    if is_ours:
        (tmp_path / MARKER).touch()
    before = list_files(tmp_path)
    found = ensure_label_studio(tmp_path)
    assert (found.executable, found.version) == (tmp_path / "bin" / "label-studio", version)
    assert list_files(tmp_path) == before


@pytest.mark.parametrize(
    ("version", "is_complete", "has"),
    [
        ("1.19.0", True, "Label Studio 1.19.0"),
        ("1.20.0.dev1", True, "Label Studio 1.20.0.dev1"),
        ("1.23.2", False, "no complete Label Studio"),
        (None, True, "no complete Label Studio"),
    ],
)
def test_somebodys_virtual_environment_is_never_changed(
    tmp_path: Path, no_pip: str, version: str | None, is_complete: bool, has: str
) -> None:
    venv = tmp_path / "venv"
    venv.mkdir()
    (venv / "pyvenv.cfg").touch()
    (venv / "lib").mkdir()
    (venv / "lib" / "precious.py").touch()
    if version is not None:
        put_label_studio(venv, version, is_complete=is_complete)
    before = list_files(venv)
    with pytest.raises(DemoError, match=f"was not made by `mraru demo`.* has {has}: install .*label-studio>=1.20"):
        ensure_label_studio(venv)
    assert list_files(venv) == before


def test_a_folder_that_is_no_virtual_environment_is_left_alone(tmp_path: Path) -> None:
    thesis = tmp_path / "thesis.tex"
    thesis.touch()
    with pytest.raises(DemoError, match="no virtual environment"):
        ensure_label_studio(tmp_path)
    assert list_files(tmp_path) == {thesis: b""}


def test_a_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(DemoError, match="is a file"):
        ensure_label_studio(tmp_path / "thesis.tex")


def test_a_half_made_one_of_ours_is_made_anew(tmp_path: Path, no_pip: str) -> None:
    venv = tmp_path / "venv"
    for _ in ("made", "made anew"):  # fails half-way both times, and is ours from the first moment on
        with pytest.raises(DemoError, match=no_pip):
            ensure_label_studio(venv)
        assert [path.name for path in venv.iterdir()] == [MARKER]
        put_label_studio(venv, "1.23.2", is_complete=False)
        (venv / "lib64").symlink_to("lib")
    (venv / "notes.txt").write_text("somebody's")
    with pytest.raises(DemoError, match=no_pip):
        ensure_label_studio(venv)
    assert {path.name for path in venv.iterdir()} == {MARKER, "notes.txt"}


def test_an_empty_folder_is_made_into_an_environment_that_is_marked(tmp_path: Path, no_pip: str) -> None:
    with pytest.raises(DemoError, match=no_pip):
        ensure_label_studio(tmp_path / "new")
    assert (tmp_path / "new" / MARKER).exists()
    assert MARKER not in PARTS
