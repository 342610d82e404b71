"""What SQLite could not do with a file of ours, in words that say what to do."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from pathlib import Path

from mraru.errors import DiskFull, StoreDamaged, StoreFault, StoreReadOnly

BUSY_TIMEOUT_S = 60.0  # seconds that a writer waits for another process's write
PRIMARY = 0xFF  # of SQLite's result codes; the rest says more of the same
FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)  # of the latter: no room for the index of its journal
READ_ONLY = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def explain_fault(path: Path, exc: BaseException) -> StoreFault | None:
    """What to raise in place of an error of the driver; None where it says nothing of the file, but of our SQL."""
    code = getattr(exc, "sqlite_errorcode", None)
    if code is None:
        is_garbled = isinstance(exc, sqlite3.OperationalError) and "decode" in str(exc)  # of sqlite3 itself
        return _damaged(path, exc) if is_garbled else None
    if code in FULL or code & PRIMARY in FULL:
        return DiskFull(
            f"The disk of {path} is full: nothing of this was done, and what was there before is kept. Make room there "
            "and do it again."
        )
    if code & PRIMARY in READ_ONLY:
        return StoreReadOnly(
            f"{path} cannot be written ({exc}), so nothing was done. Let the user who runs this write the files of "
            "MODEL_DIR, on a disk that is not mounted read-only."
        )
    if code & PRIMARY in DAMAGED:
        return _damaged(path, exc)
    if code & PRIMARY in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreFault(
            f"{path}: another process has been writing for {BUSY_TIMEOUT_S:.0f} seconds, so this was not done. Try "
            "again."
        )
    if code & PRIMARY == sqlite3.SQLITE_IOERR:
        return StoreFault(
            f"{path} cannot be read or written ({exc}, {getattr(exc, 'sqlite_errorname', code)}): its disk is full, "
            "failing or not there. What was written before is kept."
        )
    return None


def explain_os_error(path: Path, exc: OSError) -> StoreFault:
    """What to raise where a file beside the store could not be written."""
    if exc.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFull(f"The disk of {path} is full: it was not written. Make room there and do it again.")
    if exc.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return StoreReadOnly(f"{path} cannot be written ({exc.strerror}): see who may write MODEL_DIR.")
    return StoreFault(f"{path} cannot be written: {exc.strerror or exc}.")


def _damaged(path: Path, exc: BaseException) -> StoreDamaged:
    return StoreDamaged(
        f"{path} cannot be used as the store: {exc}. It is damaged: stop the backend and put a backup in its place "
        "(`mraru restore`). Keep the file: it holds the answers that were paid for."
    )


def count_free(path: Path) -> int | None:
    """Free bytes on the disk of a file; None where that cannot be seen."""
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return None
