"""Which workers are alive: each holds a lock on a file of its own, which ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

logger = logging.getLogger(__name__)

FOLDER = "workers"  # in MODEL_DIR
SUFFIX = ".lock"


@contextmanager
def hold_worker_lock(model_dir: Path) -> Iterator[None]:
    """Show that this process is a worker of this folder; a folder that takes no locks keeps no worker from working."""
    path = model_dir / FOLDER / f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex}{SUFFIX}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_left_over(path.parent)
        file = path.open("w", encoding="utf-8")
    except OSError as exc:
        logger.warning("`mraru doctor` will not see this worker: %s", exc, extra={"event": "worker_not_shown"})
        yield
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as exc:
            logger.warning("`mraru doctor` will not see this worker: %s", exc, extra={"event": "worker_not_shown"})
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def list_workers(model_dir: Path) -> list[str] | None:
    """The workers of this folder that are alive, as `host:pid`, sorted; None where that cannot be seen."""
    alive = []
    for path in sorted((model_dir / FOLDER).glob(f"*{SUFFIX}")):
        is_held = _is_held(path)
        if is_held is None:
            return None
        if is_held:
            alive.append(path.name.rpartition(":")[0])
    return alive


def _remove_left_over(folder: Path) -> None:
    """Remove the files of workers that were killed."""
    for path in folder.glob(f"*{SUFFIX}"):
        if _is_held(path) is False:
            path.unlink(missing_ok=True)


def _is_held(path: Path) -> bool | None:
    """Whether a process holds a lock on the file; None where that cannot be seen."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False  # its worker has just ended
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False
