"""One `mraru serve` for each MODEL_DIR: a lock that ends with its process, also when that is killed."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mraru.errors import FolderTaken, StoreError

logger = logging.getLogger(__name__)

LOCK_FILE = "serve.lock"
TAKEN = (errno.EAGAIN, errno.EACCES)


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Be the only one that serves from `folder`; processes started meanwhile do not inherit the lock.

    Raises:
        FolderTaken: another process does.
        StoreError: the folder cannot be written to.
    """
    path = folder / LOCK_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise StoreError(f"MODEL_DIR: cannot write {path}: {exc.strerror}") from exc
    try:
        _lock(file, folder)
        yield
    finally:
        os.close(file)


def _lock(file: int, folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        if exc.errno not in TAKEN:  # a file system without locks
            logger.warning(
                "%s cannot be locked (%s): see that no other `mraru serve` uses it",
                folder,
                exc.strerror,
                extra={"event": "folder_unlocked"},
            )
            return
        holder = os.pread(file, 20, 0).decode(errors="replace").strip() or "unknown"
        raise FolderTaken(
            f"MODEL_DIR: another `mraru serve` (process {holder}) uses {folder}. Stop it first, or set another "
            "MODEL_DIR for this one, which then keeps projects, budgets and answers of its own."
        ) from exc
    os.ftruncate(file, 0)
    os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
