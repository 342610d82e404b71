"""Puts a backup into MODEL_DIR: checked and migrated beside it first, then moved in; nothing is ever deleted."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mraru.backup.backup_reading import unpack
from mraru.backup.manifest import SECRET, STORE, STUDENTS, Manifest
from mraru.budget_records import Spending
from mraru.errors import BackupError, BackupInvalid
from mraru.store.database import newest_revision
from mraru.store.projects.worker_locks import FOLDER as WORKER_LOCKS
from mraru.store.projects.worker_locks import list_workers
from mraru.store.store import open_store
from mraru.store.store_copying import find_damage, is_open_elsewhere, read_schema_revision

JOBS = "jobs.sqlite3"  # those that wait are not those of the restored store
SIDE_FILES = ("", "-wal", "-shm", "-journal")  # SQLite's own, beside a database
OURS = (*(f"{name}{end}" for name in (STORE, JOBS) for end in SIDE_FILES), SECRET, STUDENTS)
ASIDE = "before-restore-"
STAGING = ".restore-"
# What a restore neither replaces nor minds: locks, downloaded models (as in the image), what earlier restores moved.
LEFT_ALONE = ("serve.lock", WORKER_LOCKS, "huggingface", "lost+found")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredBackup:
    """What MODEL_DIR holds now."""

    manifest: Manifest
    aside: Path | None  # folder with what was there before
    n_projects: int
    n_texts: int  # tasks
    spent: Spending  # of all projects, as budgets count it
    schema_revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    n_projects: int
    n_texts: int
    spent: Spending


def restore_backup(path: Path, model_dir: Path, at: float, *, force: bool = False) -> RestoredBackup:
    """Restore a backup into MODEL_DIR, which the caller holds; it is as before if anything fails.

    Args:
        at: seconds since 1970, for the name of the folder that takes what was there.
        force: move what is there of ours into a folder beside the restored files.

    Raises:
        BackupInvalid: the file is no backup, is damaged, or a newer mraru made it.
        BackupError: the folder is not empty or in use, or cannot be written.
        StoreError: the store cannot be brought up to date.
    """
    _check_unused(model_dir)
    _check_empty(model_dir, force=force)
    try:
        with tempfile.TemporaryDirectory(dir=model_dir, prefix=STAGING) as work:
            staged = Path(work)
            manifest = unpack(path, staged)
            counts = _open_once(staged / STORE, path)
            aside = _exchange(staged, model_dir, at)
    except OSError as exc:
        raise BackupError(f"{model_dir} cannot be written: {exc.strerror}. It is as it was.") from exc
    return RestoredBackup(
        manifest=manifest,
        aside=aside,
        n_projects=counts.n_projects,
        n_texts=counts.n_texts,
        spent=counts.spent,
        schema_revision=newest_revision(),
    )


def _check_unused(model_dir: Path) -> None:
    workers = list_workers(model_dir)
    if workers:
        raise BackupError(f"A worker uses {model_dir} ({', '.join(workers)}): stop it first.")
    if is_open_elsewhere(model_dir / STORE):
        raise BackupError(f"Another process has the store in {model_dir} open: stop whatever runs mraru there first.")


def _check_empty(model_dir: Path, *, force: bool) -> None:
    there = sorted(entry.name for entry in model_dir.iterdir() if not _is_left_alone(entry.name))
    if there and not force:
        raise BackupError(
            f"MODEL_DIR ({model_dir}) is not empty: it holds {', '.join(there[:5])}{' …' if there[5:] else ''}. Set "
            "MODEL_DIR to another folder, or move what is there of mraru aside with --force."
        )


def _is_left_alone(name: str) -> bool:
    return name in LEFT_ALONE or name.startswith((ASIDE, STAGING))


def _open_once(store_path: Path, path: Path) -> _Counts:
    """Bring the store up to date where it is staged, and count what it holds."""
    damage = find_damage(store_path)
    if damage:
        raise BackupInvalid(f"{path} holds a damaged store ({damage}). Nothing was changed.")
    revision = read_schema_revision(store_path)
    if revision > newest_revision():
        raise BackupInvalid(f"{path} holds a store of a newer mraru (schema {revision}). Nothing was changed.")
    store = open_store(store_path)
    try:
        projects = store.projects.list_all()
        return _Counts(
            n_projects=len(projects),
            n_texts=sum(store.tasks.count(project.project_id) for project in projects),
            spent=store.ledger.total_spending(),
        )
    finally:
        store.close()


def _exchange(staged: Path, model_dir: Path, at: float) -> Path | None:
    """Move what is there of ours aside and what is staged in; all of it, or nothing. Returns where the old is."""
    old = [model_dir / name for name in OURS if os.path.lexists(model_dir / name)]
    moves: list[tuple[Path, Path]] = []
    aside = None
    if old:
        stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ-")
        made = tempfile.mkdtemp(dir=model_dir, prefix=f"{ASIDE}{stamp}")
        aside = model_dir / Path(made).name  # from Python 3.12 on, mkdtemp gives an absolute path
        moves += [(path, aside / path.name) for path in old]
    moves += [(path, model_dir / path.name) for path in sorted(staged.iterdir())]
    try:
        move_all(moves)
    except OSError:
        if aside is not None:
            aside.rmdir()
        raise
    return aside


def move_all(moves: Sequence[tuple[Path, Path]]) -> None:
    """Rename all, or none: what was renamed is taken back where one fails.

    Raises:
        OSError: one failed.
    """
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in moves:
            source.rename(target)
            done.append((source, target))
    except OSError:
        for source, target in reversed(done):
            target.rename(source)
        raise
