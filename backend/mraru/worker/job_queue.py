"""The file of waiting jobs, `jobs.sqlite3`: it holds nothing that a look at all projects does not find again.

So what goes wrong with it stops nothing: a damaged file is put aside for an empty one, and a job that cannot be written
down is found a minute later.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from huey.storage import SqliteStorage

from mraru.errors import StoreDamaged, StoreError, StoreFault
from mraru.store.store_faults import explain_fault

logger = logging.getLogger(__name__)

QUEUE_FILE = "jobs.sqlite3"  # in MODEL_DIR
TIMEOUT_S = 30  # seconds to wait for another process's lock
PUT_ASIDE = ".damaged"  # behind the name of a damaged file; the one before is replaced
Result = TypeVar("Result")


def prepare_queue(model_dir: Path) -> Path:
    """The path of the queue's file, which is there and for its owner alone.

    Raises:
        StoreError: it cannot be made.
    """
    path = model_dir / QUEUE_FILE
    try:
        model_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)  # of an earlier version
    except OSError as exc:
        raise StoreError(f"MODEL_DIR: cannot write {path}: {exc.strerror}") from exc
    return path


class OnceWaiting(SqliteStorage):  # type: ignore[misc]  # huey has no types
    """Keeps one of equal jobs: what is waiting already will find whatever a second one was to be for."""

    _opened_as: tuple[int, int] | None = None  # device and inode of the file that this process has open
    _said: dict[str, str]  # what was said of each kind of access, until it can be done again

    def __init__(self, *arguments: object, **named: object) -> None:
        self._said = {}
        super().__init__(*arguments, **named)

    def initialize_schema(self) -> None:
        """Make the tables.

        Raises:
            StoreFault: the file cannot be used, and no other can be made in its place.
        """
        self._carry_out(super().initialize_schema)

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        """Put a job at the end of the queue, unless the same is waiting; in one statement, so for all processes."""
        self._try("enqueue", lambda: self._put(self.to_blob(data), priority or 0), None)

    def _put(self, blob: object, priority: float) -> None:
        if self.sql("select 1 from task where queue = ? and data = ? limit 1", (self.name, blob), results=True):
            return  # without the write lock, as of a flood it is the rule
        self.sql(
            "insert into task (queue, data, priority) select ?, ?, ? "
            "where not exists (select 1 from task where queue = ? and data = ?)",
            (self.name, blob, priority, self.name, blob),
            commit=True,
        )

    def dequeue(self) -> bytes | None:
        """The first job, or None."""
        job: bytes | None = self._try("dequeue", super().dequeue, None)
        return job

    def add_to_schedule(self, data: bytes, ts: datetime) -> None:
        self._try("add", lambda: super(OnceWaiting, self).add_to_schedule(data, ts), None)

    def read_schedule(self, ts: datetime) -> list[bytes]:
        due: list[bytes] = self._try("read", lambda: super(OnceWaiting, self).read_schedule(ts), [])
        return due

    def _create_connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = super()._create_connection()
        self._opened_as = _identify(Path(self.filename))
        return connection

    def _try(self, name: str, action: Callable[[], Result], otherwise: Result) -> Result:
        """What `action` returns; `otherwise` where the file does not let it, which is said once until it does again."""
        try:
            done = self._carry_out(action)
        except StoreFault as exc:
            if str(exc) not in self._said.values():
                logger.error(
                    "%s Until it can be used, a look at all projects each minute finds what there is to do.",
                    exc,
                    extra={"event": "queue_unusable"},
                )
            self._said[name] = str(exc)
            return otherwise
        self._said.pop(name, None)
        return done

    def _carry_out(self, action: Callable[[], Result]) -> Result:
        """Do it on the file that has the name now; where that is damaged, on an empty one in its place.

        Raises:
            StoreFault: the file could not be read or written.
        """
        if self._opened_as not in (None, _identify(Path(self.filename))):
            self.close()  # another process put the file aside
        try:
            return self._explained(action)
        except StoreDamaged as exc:
            self._begin_anew(exc)
        return self._explained(action)

    def _explained(self, action: Callable[[], Result]) -> Result:
        try:
            return action()
        except sqlite3.Error as exc:
            fault = explain_fault(Path(self.filename), exc)
            raise fault or StoreDamaged(f"{self.filename} holds no queue of ours: {exc}") from exc

    def _begin_anew(self, exc: StoreDamaged) -> None:
        """Put the damaged file aside, unless another process has done so already, and make the tables anew."""
        path, was_open = Path(self.filename), self._opened_as
        self.close()
        if was_open in (None, _identify(path)):
            logger.error(
                "%s is damaged (%s): it is kept as %s%s, and an empty one takes its place. No work is lost: what there "
                "is to do stands in the store.",
                path,
                exc.__cause__,
                path.name,
                PUT_ASIDE,
                extra={"event": "queue_replaced"},
            )
            _put_aside(path)
        self._explained(super().initialize_schema)


def _put_aside(path: Path) -> None:
    """Rename the file, and remove what SQLite keeps beside it.

    Raises:
        StoreFault: the folder does not let it.
    """
    try:
        os.replace(path, path.with_name(f"{path.name}{PUT_ASIDE}"))
        for suffix in ("-wal", "-shm"):
            path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
        path.touch(mode=0o600)
    except OSError as exc:
        raise StoreFault(f"MODEL_DIR: {path} is damaged and cannot be replaced: {exc.strerror}") from exc


def _identify(path: Path) -> tuple[int, int] | None:
    """Which file has this name now; None: there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
