from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pytest
from alembic.command import upgrade
from alembic.config import Config
from sqlalchemy import create_engine
from typer.testing import CliRunner

import mraru
from fakes.clocks import HandClock
from fakes.dashboard import fill_store
from fakes.embedders import CountingEmbedder
from fakes.services import make_services
from mraru.backup.manifest import MANIFEST
from mraru.bootstrap import Services
from mraru.cli.commands import app
from mraru.cli.server.folder_lock import hold_folder
from mraru.errors import BackupError, BackupInvalid, FolderTaken, StoreError
from mraru.projects.learning.training import student_path
from mraru.store.database import MIGRATIONS, newest_revision
from mraru.store.projects.worker_locks import hold_worker_lock
from mraru.store.store import open_store

OLDER = "0010"
FIGURES = ("cost", "report")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A MODEL_DIR in use: a store, a student, the webhook's secret, and what no backup holds."""
    folder = tmp_path / "mraru-data"
    services = make_services(folder, HandClock(), CountingEmbedder())
    fill_store(services)
    services.store.close()
    student = student_path(folder, 3, 6)
    student.parent.mkdir(parents=True)
    student.write_bytes(b"a student" * 1000)
    (student.parent / ".r007.skops.abc.tmp").write_bytes(b"half a student")
    secret = Services(services.settings.model_copy(update={"webhook_secret": None}), HandClock()).webhook_secret
    assert (folder / "webhook-secret").read_text() == secret.get_secret_value()
    (folder / "jobs.sqlite3").write_bytes(b"jobs")
    (folder / "huggingface").mkdir()
    (folder / "huggingface" / "model").touch()
    return folder


@pytest.fixture
def backup(folder: Path, tmp_path: Path) -> Path:
    path = tmp_path / "backup.zip"
    run("backup", str(path))
    return path


def run(*command: str, model_dir: Path | str = "mraru-data") -> str:
    """What the command prints; its errors are raised."""
    result = CliRunner().invoke(app, [*command], env={"MODEL_DIR": str(model_dir), "COLUMNS": "200"})
    if result.exception is not None:
        raise result.exception
    return result.stdout


def rows_of(store: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(store)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_restored_is_what_was_there(folder: Path, backup: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    said = run("restore", str(backup), model_dir=again)
    held = files_of(again)
    assert rows_of(again / "mraru.sqlite3") == rows_of(folder / "mraru.sqlite3")
    assert run(*FIGURES, model_dir=again) == run(*FIGURES)
    assert sorted(held) == ["mraru.sqlite3", "projects/3/students/r006.skops", "serve.lock", "webhook-secret"]
    for name in ("projects/3/students/r006.skops", "webhook-secret"):
        assert held[name] == (folder / name).read_bytes()
        assert stat.S_IMODE((again / name).stat().st_mode) == 0o600
    store = open_store(again / "mraru.sqlite3")
    spent = store.ledger.total_spending()
    store.close()
    assert f"1 project, 300 texts and {spent.n_calls:,} calls for ${spent.cost_usd:.4f}" in said
    assert "schema" not in said


def test_the_doctor_finds_the_same_after_a_restore(folder: Path, backup: Path, tmp_path: Path) -> None:
    def findings(model_dir: Path) -> object:
        result = CliRunner().invoke(app, ["doctor", "--json"], env={"MODEL_DIR": str(model_dir)})
        return json.loads(result.stdout.replace(str(model_dir), "MODEL_DIR"))

    again = tmp_path / "again"
    run("restore", str(backup), model_dir=again)
    assert findings(again) == findings(folder)


def test_a_backup_names_its_secrets_and_is_for_its_owner_alone(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    said = run("backup", str(path))
    assert "secrets (the webhook's secret and Label Studio's tokens of 1 project)" in said
    assert "token-of-the-test" not in said
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with ZipFile(path) as archive:
        manifest = json.loads(archive.read(MANIFEST))
    assert (manifest["mraru"], manifest["schema_revision"]) == (mraru.__version__, newest_revision())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.zip", "mraru-data"]


def test_a_backup_is_made_while_a_server_and_a_worker_hold_the_folder(folder: Path, tmp_path: Path) -> None:
    store = open_store(folder / "mraru.sqlite3")
    with hold_folder(folder), hold_worker_lock(folder), store.database.write():
        run("backup", str(tmp_path / "backup.zip"))
    store.close()
    run("restore", str(tmp_path / "backup.zip"), model_dir=tmp_path / "again")


def test_a_file_that_is_there_is_replaced_only_where_asked(backup: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(BackupError, match="exists"):
        run("backup", str(backup))
    assert backup.read_bytes() == before
    backup.write_bytes(b"old")
    run("backup", str(backup), "--overwrite")
    assert backup.stat().st_size > 3


@pytest.mark.parametrize("name", ["mraru-data/mraru.sqlite3", "mraru-data/new.zip", "nowhere/new.zip", "."])
def test_no_backup_is_written_into_the_folder_itself_or_to_no_file(folder: Path, name: str) -> None:
    before = files_of(folder)
    with pytest.raises(BackupError):
        run("backup", name, "--overwrite")
    assert files_of(folder) == before


LIMITED = """
import resource, sys
from mraru.__main__ import main
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
main()
"""


def run_on_a_small_disk(limit: int, *command: str, model_dir: Path) -> subprocess.CompletedProcess[str]:
    """A command for which no file may grow beyond `limit` bytes."""
    environment = {**os.environ, "PYTHONPATH": str(Path(mraru.__file__).parents[1]), "MODEL_DIR": str(model_dir)}
    run_it = [sys.executable, "-c", LIMITED, str(limit), *command]
    return subprocess.run(run_it, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("room", ["less than the store", "less than the backup"])
def test_without_room_no_half_backup_is_left(folder: Path, tmp_path: Path, room: str) -> None:
    student_path(folder, 3, 5).write_bytes(os.urandom(2_000_000))
    store_bytes = (folder / "mraru.sqlite3").stat().st_size
    limit = 100_000 if room == "less than the store" else store_bytes + 100_000
    assert limit < 2_000_000
    ran = run_on_a_small_disk(limit, "backup", str(tmp_path / "backup.zip"), model_dir=folder)
    assert (ran.returncode, ran.stderr.count("\n"), ran.stderr[:7]) == (1, 1, "mraru: "), ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mraru-data"]


def test_without_room_a_restore_leaves_the_folder_as_it_was(folder: Path, backup: Path) -> None:
    before = files_of(folder)
    ran = run_on_a_small_disk(100_000, "restore", str(backup), "--force", model_dir=folder)
    assert (ran.returncode, ran.stderr.count("\n"), ran.stderr[:7]) == (1, 1, "mraru: "), ran.stderr
    assert {name: held for name, held in files_of(folder).items() if name != "serve.lock"} == before


def test_a_folder_that_is_not_empty_is_refused_and_moved_aside_where_asked(folder: Path, backup: Path) -> None:
    before = files_of(folder)
    rows = rows_of(folder / "mraru.sqlite3")
    with pytest.raises(BackupError, match=r"is not empty: it holds jobs.sqlite3, mraru.sqlite3.*--force"):
        run("restore", str(backup))
    said = run("restore", str(backup), "--force")
    (aside,) = folder.glob("before-restore-*")
    assert f"What was there before lies in {aside.relative_to(folder.parent)}" in said
    assert files_of(aside) == {name: held for name, held in before.items() if not name.startswith("huggingface")}
    assert rows_of(folder / "mraru.sqlite3") == rows
    assert not (folder / "jobs.sqlite3").exists()
    assert (folder / "huggingface" / "model").exists()


def test_links_in_the_folder_are_backed_up_as_what_they_lead_to_and_moved_as_links(
    folder: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (folder / "projects").rename(elsewhere)
    (folder / "projects").symlink_to(elsewhere)
    path = tmp_path / "backup.zip"
    run("backup", str(path))
    (folder / "webhook-secret").unlink()
    (folder / "webhook-secret").symlink_to(tmp_path / "nothing")
    run("restore", str(path), "--force")
    assert student_path(folder, 3, 6).read_bytes() == (elsewhere / "3" / "students" / "r006.skops").read_bytes()
    (aside,) = folder.glob("before-restore-*")
    assert (aside / "projects").is_symlink()
    assert (aside / "webhook-secret").is_symlink()
    assert not (folder / "projects").is_symlink()
    assert (folder / "webhook-secret").read_text()


def test_a_folder_with_downloads_and_locks_alone_counts_as_empty(backup: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    (again / "huggingface").mkdir(parents=True)
    (again / "workers").mkdir()
    run("restore", str(backup), model_dir=again)
    assert (again / "mraru.sqlite3").exists()


def test_a_folder_in_use_is_refused(folder: Path, backup: Path) -> None:
    before = files_of(folder)
    with hold_folder(folder), pytest.raises(FolderTaken):
        run("restore", str(backup), "--force")
    with hold_worker_lock(folder), pytest.raises(BackupError, match="A worker uses"):
        run("restore", str(backup), "--force")
    store = open_store(folder / "mraru.sqlite3")
    with pytest.raises(BackupError, match="has the store in mraru-data open"):
        run("restore", str(backup), "--force")
    store.close()
    assert {name: held for name, held in files_of(folder).items() if name != "serve.lock"} == before


def make_older(store: Path, to: Path) -> None:
    """A store of an older schema with the rows of another one, as far as it has their columns."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(f"sqlite:///{to}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        upgrade(config, OLDER)
    engine.dispose()
    with closing(sqlite3.connect(to)) as older, older:
        older.execute("ATTACH ? AS newest", (str(store),))
        for (table,) in older.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            both = [
                {row[1] for row in older.execute(f"PRAGMA {schema}.table_info({table})")}
                for schema in ("main", "newest")
            ]
            names = ", ".join(sorted(both[0] & both[1]))
            if names and table != "alembic_version":
                older.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM newest.{table}")


def test_a_store_of_an_older_schema_is_restored_and_upgraded(folder: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    make_older(folder / "mraru.sqlite3", old / "mraru.sqlite3")
    path, again = tmp_path / "old.zip", tmp_path / "again"
    assert f"schema {OLDER}" in run("backup", str(path), model_dir=old)
    assert rows_of(old / "mraru.sqlite3")["alembic_version"] == [(OLDER,)]  # a backup migrates nothing
    said = run("restore", str(path), model_dir=again)
    assert f"Its schema {OLDER} was brought to {newest_revision()}." in said
    assert run(*FIGURES, model_dir=again) == run(*FIGURES)
    assert rows_of(again / "mraru.sqlite3").keys() == rows_of(folder / "mraru.sqlite3").keys()


def test_a_store_of_a_newer_mraru_is_refused(folder: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(folder / "mraru.sqlite3")) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    path, again = tmp_path / "backup.zip", tmp_path / "again"
    run("backup", str(path))
    with pytest.raises(BackupInvalid, match=r"with schema 9999; this is .* with that version or a later one"):
        run("restore", str(path), model_dir=again)
    assert not again.exists()


@pytest.mark.parametrize("content", [b"", b"no backup at all" * 1000, b"PK\x05\x06" + bytes(18)])
def test_what_is_no_backup_is_one_clear_line_and_makes_nothing(tmp_path: Path, content: bytes) -> None:
    path, again = tmp_path / "backup.zip", tmp_path / "again"
    path.write_bytes(content)
    with pytest.raises(BackupInvalid, match=r"^.*backup.zip is no backup of mraru, or is damaged .*$"):
        run("restore", str(path), model_dir=again)
    assert not again.exists()
    with pytest.raises(BackupError, match="cannot be read"):
        run("restore", str(tmp_path / "none.zip"), model_dir=again)


def test_a_damaged_store_is_not_backed_up(folder: Path, tmp_path: Path) -> None:
    store = folder / "mraru.sqlite3"
    content = store.read_bytes()
    store.write_bytes(content[: len(content) // 2])
    with pytest.raises(StoreError, match=r"mraru\.sqlite3"):
        run("backup", str(tmp_path / "backup.zip"))
    assert [path.name for path in tmp_path.iterdir()] == ["mraru-data"]
