"""Full disks, stores that may not be written, files with damaged pages: SQLite's own refusals, without privileges."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event

from mraru.store.store import Store

PAGE_BYTES = 4096  # of SQLite's files here


@contextmanager
def no_room() -> Iterator[None]:
    """Let no file of this process be written beyond its first byte, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def no_new_page(store: Store) -> Iterator[None]:
    """Let the store take no page more than it has: SQLite then says that the disk is full."""
    with _pragma(store, "max_page_count=1"):  # never less than there are
        yield


@contextmanager
def read_only(store: Store) -> Iterator[None]:
    """Let the store be read alone."""
    with _pragma(store, "query_only=ON"):
        yield


@contextmanager
def _pragma(store: Store, pragma: str) -> Iterator[None]:
    engine = store.database._engine

    def set_up(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA {pragma}")

    engine.dispose()
    event.listen(engine, "connect", set_up)
    try:
        yield
    finally:
        event.remove(engine, "connect", set_up)
        engine.dispose()


def damage_pages(path: Path, table: str) -> None:
    """Overwrite every page of a table and of its indexes, as a failing disk may."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        found = connection.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name=?", (table,))
        roots = [root for (root,) in found]
    with path.open("r+b") as file:
        for root in roots:
            file.seek((root - 1) * PAGE_BYTES)
            file.write(b"\xa5" * PAGE_BYTES)
