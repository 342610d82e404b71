"""The store's file from outside: copied while others write it, asked for its schema, and whether somebody has it open.

Nothing here migrates a store.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from mraru.errors import StoreError
from mraru.store.store_faults import BUSY_TIMEOUT_S


def copy_store(path: Path, to: Path) -> None:
    """Copy the store as it is at one moment, into a new file for its owner alone; writers go on meanwhile.

    Raises:
        StoreError: the store cannot be read or is damaged, or the copy cannot be written.
    """
    try:
        to.touch(mode=0o600)
        with closing(_open(path)) as source, closing(sqlite3.connect(to)) as copy:
            source.backup(copy)  # all pages in one step: one snapshot
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, with none beside it
    except (sqlite3.Error, OSError) as exc:
        raise StoreError(f"{path} cannot be copied: {exc}") from exc
    damage = find_damage(to)
    if damage:
        raise StoreError(f"{path} is damaged ({damage}): it was not copied.")


def find_damage(path: Path) -> str:
    """What SQLite finds broken in the file, the first of it; empty: nothing."""
    try:
        with closing(_open(path)) as connection:
            found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.Error as exc:
        return str(exc)
    return "" if found == "ok" else " ".join(found.split())


def read_schema_revision(path: Path) -> str:
    """The migration that the tables are at.

    Raises:
        StoreError: the file is no store of ours.
    """
    try:
        with closing(_open(path)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as exc:
        raise StoreError(f"{path} is no store of mraru: {exc}") from exc
    if row is None:
        raise StoreError(f"{path} is no store of mraru: it does not say its schema.")
    return str(row[0])


def count_tokens_kept(path: Path) -> int:
    """Projects whose Label Studio token is in the file.

    Raises:
        StoreError: the file is no store of ours.
    """
    try:
        with closing(_open(path)) as connection:
            given = "SELECT count(*) FROM projects WHERE access_token <> ''"
            return int(connection.execute(given).fetchone()[0])
    except sqlite3.Error as exc:
        raise StoreError(f"{path} is no store of mraru: {exc}") from exc


def is_open_elsewhere(path: Path) -> bool:
    """Whether another connection, of whatever process, has the store open."""
    try:
        with closing(_open(path, timeout_s=0.0)) as connection:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")  # fails beside any connection that has read in WAL mode
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as exc:
        return exc.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    except sqlite3.DatabaseError:
        return False  # no database
    return False


def _open(path: Path, timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """Open a file that is there; none is made."""
    address = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=timeout_s, isolation_level=None)
