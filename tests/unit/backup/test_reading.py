from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from mraru.backup.backup_reading import read_manifest, unpack
from mraru.backup.manifest import MANIFEST
from mraru.backup.restoring import move_all, restore_backup
from mraru.errors import BackupInvalid
from mraru.store.database import newest_revision

N_DAMAGES = 150
CONTENT = {"mraru.sqlite3": b"a store " * 200, "projects/1/students/r001.skops": bytes(range(256)) * 8}


def make_backup(
    path: Path, held: Mapping[str, bytes], *, told: Mapping[str, bytes] | None = None, **fields: object
) -> None:
    """An archive with these files whose manifest tells of `told`, as somebody could make it."""
    files = [
        {"name": name, "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in (held if told is None else told).items()
    ]
    manifest = {"format": 1, "mraru": "0", "schema_revision": newest_revision(), "made_at": "then", "files": files}
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in held.items():
            archive.writestr(name, content)
        archive.writestr(MANIFEST, json.dumps(manifest | fields))


def unpacked(path: Path, into: Path) -> dict[str, bytes]:
    into.mkdir()
    unpack(path, into)
    return {str(file.relative_to(into)): file.read_bytes() for file in into.rglob("*") if file.is_file()}


def test_what_was_packed_is_unpacked(tmp_path: Path) -> None:
    make_backup(tmp_path / "b.zip", CONTENT)
    assert unpacked(tmp_path / "b.zip", tmp_path / "into") == CONTENT


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "/tmp/outside",
        "projects/../../outside",
        "projects/..",
        "serve.lock",
        "projects\\..\\x",
        "projects/",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    path, into = tmp_path / "in" / "b.zip", tmp_path / "in" / "into"
    into.mkdir(parents=True)
    make_backup(path, {**CONTENT, name: b"x"})
    with pytest.raises(BackupInvalid, match="is no file of MODEL_DIR"):
        unpack(path, into)
    assert list(into.iterdir()) == []
    assert [file.name for file in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    ("held", "told", "why"),
    [
        (CONTENT, {**CONTENT, "mraru.sqlite3": b"a store!" * 200}, r"mraru\.sqlite3 is not as it was written"),
        (CONTENT, {**CONTENT, "mraru.sqlite3": b"short"}, r"mraru\.sqlite3 is not as it was written"),
        (CONTENT, {**CONTENT, "webhook-secret": b"x"}, "does not hold what its manifest lists"),
        ({**CONTENT, "webhook-secret": b"x"}, CONTENT, "does not hold what its manifest lists"),
        ({"webhook-secret": b"x"}, None, "it holds no store"),
    ],
    ids=["another content", "more than told", "a file missing", "a file too many", "no store"],
)
def test_what_the_manifest_does_not_tell_is_refused(
    tmp_path: Path, held: dict[str, bytes], told: dict[str, bytes] | None, why: str
) -> None:
    make_backup(tmp_path / "b.zip", held, told=told)
    with pytest.raises(BackupInvalid, match=why):
        unpacked(tmp_path / "b.zip", tmp_path / "into")


@pytest.mark.parametrize("fields", [{"format": 2}, {"schema_revision": "9999"}])
def test_a_backup_of_a_newer_mraru_is_refused_with_what_to_do(tmp_path: Path, fields: dict[str, object]) -> None:
    make_backup(tmp_path / "b.zip", CONTENT, **fields, mraru="7.0.0")
    with pytest.raises(BackupInvalid, match=r"made by mraru 7\.0\.0 .* Restore it with that version or a later one"):
        read_manifest(tmp_path / "b.zip")


@pytest.mark.parametrize("fields", [{"files": "all"}, {"files": [{"name": "mraru.sqlite3"}]}, {"format": "x"}])
def test_a_manifest_of_another_form_is_refused(tmp_path: Path, fields: dict[str, object]) -> None:
    make_backup(tmp_path / "b.zip", CONTENT, **fields)
    with pytest.raises(BackupInvalid, match="its manifest cannot be read"):
        read_manifest(tmp_path / "b.zip")


def test_however_it_is_damaged_it_is_refused_or_unpacked_as_it_was(tmp_path: Path) -> None:
    path, drawn = tmp_path / "b.zip", random.Random(7)
    make_backup(path, CONTENT)
    whole = path.read_bytes()
    n_refused = 0
    for number in range(N_DAMAGES):
        damaged = bytearray(whole)
        if number % 3:
            damaged[drawn.randrange(len(damaged))] ^= 1 << drawn.randrange(8)
        else:
            del damaged[drawn.randrange(len(damaged)) :]
        path.write_bytes(damaged)
        try:
            held = unpacked(path, tmp_path / str(number))
        except BackupInvalid:
            n_refused += 1
        else:
            assert held == CONTENT
    assert n_refused > N_DAMAGES // 3


def test_a_store_that_is_none_is_refused_and_the_folder_is_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "mraru-data"
    folder.mkdir()
    make_backup(tmp_path / "b.zip", CONTENT)
    with pytest.raises(BackupInvalid, match="holds a damaged store"):
        restore_backup(tmp_path / "b.zip", folder, 0.0)
    assert list(folder.iterdir()) == []


def test_a_newer_store_under_an_older_manifest_is_refused(tmp_path: Path) -> None:
    folder, newer = tmp_path / "mraru-data", tmp_path / "newer"
    folder.mkdir()
    with closing(sqlite3.connect(newer)) as store, store:
        store.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        store.execute("INSERT INTO alembic_version VALUES ('9999')")
    make_backup(tmp_path / "b.zip", {"mraru.sqlite3": newer.read_bytes()})
    with pytest.raises(BackupInvalid, match="a store of a newer mraru"):
        restore_backup(tmp_path / "b.zip", folder, 0.0)
    assert list(folder.iterdir()) == []


def test_what_was_moved_is_taken_back_where_a_move_fails(tmp_path: Path) -> None:
    (tmp_path / "first").write_bytes(b"1")
    moves = [(tmp_path / name, tmp_path / f"{name} moved") for name in ("first", "second")]
    with pytest.raises(FileNotFoundError):
        move_all(moves)
    assert [path.name for path in tmp_path.iterdir()] == ["first"]
