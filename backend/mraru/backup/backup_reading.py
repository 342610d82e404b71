"""Reads a backup as something that anybody may have made or damaged."""

from __future__ import annotations

import errno
import hashlib
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from pydantic import ValidationError

from mraru import __version__
from mraru.backup.manifest import FORMAT, MANIFEST, STORE, BackedUpFile, Manifest, is_ours
from mraru.errors import BackupError, BackupInvalid
from mraru.store.database import newest_revision

CHUNK_BYTES = 1 << 20
MOST_MANIFEST_BYTES = 64 << 20
# What `zipfile` raises for archives that are cut, changed or of a kind that we never write.
DAMAGE = (BadZipFile, zlib.error, struct.error, EOFError, ValueError, KeyError, RuntimeError)


def read_manifest(path: Path) -> Manifest:
    """What the backup says of itself, without a look at its files.

    Raises:
        BackupInvalid: it is no backup, is damaged, or a newer mraru made it.
        BackupError: it cannot be read.
    """
    with _open(path) as archive:
        return _read_manifest(archive, path)


def unpack(path: Path, into: Path) -> Manifest:
    """Write the files of a backup into an empty folder, for their owner alone.

    Raises:
        BackupInvalid: it is no backup, a file is missing or not as it was, or a newer mraru made it.
        BackupError: it cannot be read, or the files cannot be written.
    """
    with _open(path) as archive:
        manifest = _read_manifest(archive, path)
        for file in manifest.files:
            _unpack_file(archive, file, into / file.name, path)
    return manifest


@contextmanager
def _open(path: Path) -> Iterator[ZipFile]:
    try:
        with path.open("rb") as raw:
            try:
                with ZipFile(raw) as archive:
                    yield archive
            except DAMAGE as exc:
                raise _invalid(path, str(exc)) from exc
    except OSError as exc:
        if exc.errno == errno.EINVAL:  # a changed archive named a place before its beginning
            raise _invalid(path, "it is cut or changed") from exc
        raise BackupError(f"{path} cannot be read, or what is in it cannot be written: {exc.strerror}") from exc


def _invalid(path: Path, why: str) -> BackupInvalid:
    return BackupInvalid(f"{path} is no backup of mraru, or is damaged ({why}). Nothing was changed.")


def _read_manifest(archive: ZipFile, path: Path) -> Manifest:
    if archive.getinfo(MANIFEST).file_size > MOST_MANIFEST_BYTES:
        raise _invalid(path, "its manifest is too long")
    try:
        manifest = Manifest.model_validate_json(archive.read(MANIFEST))
    except ValidationError as exc:
        raise _invalid(path, "its manifest cannot be read") from exc
    if manifest.format > FORMAT or manifest.schema_revision > newest_revision():
        raise BackupInvalid(
            f"{path} was made by mraru {manifest.mraru} with schema {manifest.schema_revision}; this is {__version__} "
            f"with schema {newest_revision()}. Restore it with that version or a later one. Nothing was changed."
        )
    _check_names(archive, manifest, path)
    return manifest


def _check_names(archive: ZipFile, manifest: Manifest, path: Path) -> None:
    """See that nothing leads out of MODEL_DIR, and that the archive holds what the manifest lists and nothing else."""
    listed = [file.name for file in manifest.files]
    for name in listed:
        if not is_ours(name):
            raise _invalid(path, f"it holds {name!r}, which is no file of MODEL_DIR")
    if sorted([*listed, MANIFEST]) != sorted(archive.namelist()) or len(set(listed)) != len(listed):
        raise _invalid(path, "it does not hold what its manifest lists")
    if STORE not in listed:
        raise _invalid(path, "it holds no store")


def _unpack_file(archive: ZipFile, file: BackedUpFile, to: Path, path: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as target, archive.open(file.name) as member:
        while size <= file.size_bytes and (chunk := member.read(CHUNK_BYTES)):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    if size != file.size_bytes or digest.hexdigest() != file.sha256:
        raise _invalid(path, f"{file.name} is not as it was written")
