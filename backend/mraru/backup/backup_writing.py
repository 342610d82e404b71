"""Writes a backup: whole under its name, or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from mraru import __version__
from mraru.backup.manifest import FORMAT, MANIFEST, SECRET, STORE, STUDENTS, BackedUpFile, Manifest
from mraru.errors import BackupError
from mraru.store.store_copying import copy_store, count_tokens_kept, read_schema_revision

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenBackup:
    """What was written."""

    manifest: Manifest
    size_bytes: int  # of the backup itself
    has_webhook_secret: bool
    n_tokens: int  # projects whose Label Studio token the store holds


def write_backup(model_dir: Path, path: Path, at: float, *, overwrite: bool = False) -> WrittenBackup:
    """Write the store as it is at this moment, students and the webhook's secret to `path`, for its owner alone.

    Args:
        at: seconds since 1970.
        overwrite: replace a file that is there.

    Raises:
        BackupError: the file is there or lies in MODEL_DIR, or cannot be written: then it is as it was.
        StoreError: the store cannot be read, is damaged, or there is no room for its copy.
    """
    _check_place(model_dir, path, overwrite=overwrite)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".mraru-backup-") as work:
            written = _write(model_dir, Path(work), at)
            _put_in_place(Path(work) / "backup", path, overwrite=overwrite)
    except OSError as exc:
        raise BackupError(f"{path} cannot be written: {exc.strerror}. Nothing was left behind.") from exc
    return written


def _check_place(model_dir: Path, path: Path, *, overwrite: bool) -> None:
    if path.resolve().is_relative_to(model_dir.resolve()):
        raise BackupError(f"{path} lies in MODEL_DIR ({model_dir}) and would be lost with it: name another place.")
    if path.is_dir():
        raise BackupError(f"{path} is a folder: name a file.")
    if not path.parent.is_dir():
        raise BackupError(f"{path.parent} is no folder: make it first.")
    if path.exists() and not overwrite:
        raise _exists(path)


def _exists(path: Path) -> BackupError:
    return BackupError(f"{path} exists: name another file, or replace it with --overwrite.")


def _write(model_dir: Path, work: Path, at: float) -> WrittenBackup:
    store = work / STORE
    copy_store(model_dir / STORE, store)
    archive_path = work / "backup"
    archive_path.touch(mode=0o600)
    with archive_path.open("r+b") as raw:
        with ZipFile(raw, "w", ZIP_DEFLATED) as archive:
            files = list(_add_files(archive, model_dir, store))
            manifest = Manifest(
                format=FORMAT,
                mraru=__version__,
                schema_revision=read_schema_revision(store),
                made_at=datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"),
                files=tuple(files),
            )
            archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
        raw.flush()
        os.fsync(raw.fileno())
    return WrittenBackup(
        manifest=manifest,
        size_bytes=archive_path.stat().st_size,
        has_webhook_secret=any(file.name == SECRET for file in files),
        n_tokens=count_tokens_kept(store),
    )


def _add_files(archive: ZipFile, model_dir: Path, store: Path) -> Iterator[BackedUpFile]:
    with store.open("rb") as file:
        yield _add(archive, STORE, file)
    for path in (model_dir / SECRET, *sorted((model_dir / STUDENTS).rglob("*"))):
        if path.name.startswith(".") or not path.is_file():
            continue  # a student that is being written has such a name
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue  # the worker has removed an older student meanwhile
        with file:
            yield _add(archive, path.relative_to(model_dir).as_posix(), file)


def _add(archive: ZipFile, name: str, file: BinaryIO) -> BackedUpFile:
    digest, size = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as member:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
            member.write(chunk)
    return BackedUpFile(name=name, size_bytes=size, sha256=digest.hexdigest())


def _put_in_place(written: Path, path: Path, *, overwrite: bool) -> None:
    """Give the file its name in one step, that of no other file that came meanwhile."""
    if overwrite:
        written.replace(path)
        return
    try:
        os.link(written, path)
    except FileExistsError:
        raise _exists(path) from None
    except OSError:  # a file system without hard links
        written.replace(path)
