"""Opens the SQLite file: WAL, migrations, and transactions that say beforehand whether they write."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DatabaseError

from mraru.errors import DiskFull, StoreError
from mraru.store.fences import Fences
from mraru.store.store_faults import BUSY_TIMEOUT_S, count_free, explain_fault

ROOM_BYTES = 20_000_000  # free on the disk, so that what is paid for can be written down
N_KEPT_OPEN = 16  # connections; more are opened for as long as they are needed, by as many threads as there are
LOOK_S = 0.003  # seconds between two looks whether the write lock is free
MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """A SQLite database that several processes share.

    Whatever reads or writes raises:
        StoreFault: the file could not be read or written; nothing of the transaction was written.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, make it if needed, and bring its tables up to date.

        Raises:
            StoreError: the file cannot be made or is not a database of ours.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)  # may hold a token that /setup brought
        except OSError as exc:
            raise StoreError(f"MODEL_DIR: cannot write {path}: {exc.strerror}") from exc
        self._path = path
        self._engine = _make_engine(path)
        self._local = threading.local()
        self.fences = Fences()
        try:
            self._migrate(path)
        except DatabaseError as exc:
            raise StoreError(f"{path} cannot be used as the store: {exc.orig}") from exc

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot: what others write meanwhile is not seen. Within this thread's own transaction, that one."""
        under_way = self._under_way()
        if under_way is not None:
            yield under_way
            return
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self, held_project: int | None = None) -> Iterator[Connection]:
        """A transaction that holds the write lock from its beginning, so that it cannot fail half-way.

        Within a transaction of the same thread it is a part of that one: both are written, or neither.

        Args:
            held_project: refuse it to a thread that has lost the lease of this project.

        Raises:
            LeaseLost: it has; nothing was written.
        """
        with self._join_or_begin() as connection:
            if held_project is not None:
                self.fences.check(connection, held_project)
            yield connection

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Within this thread's transaction: what fails in here is taken back, and the transaction goes on."""
        with self.write() as connection, connection.begin_nested():
            yield

    @property
    def is_in_transaction(self) -> bool:
        """Whether this thread is within a transaction of its own."""
        return self._under_way() is not None

    def require_room(self) -> None:
        """See that there is room on the disk for what is about to be paid for.

        Raises:
            DiskFull: there is hardly any.
        """
        free = count_free(self._path)
        if free is not None and free < ROOM_BYTES:
            raise DiskFull(
                f"{free / 1e6:,.1f} MB are free on the disk of {self._path}: no call is made whose answer could not be "
                "written down. Make room there; it goes on by itself."
            )

    def _under_way(self) -> Connection | None:
        connection: Connection | None = getattr(self._local, "connection", None)
        return connection

    @contextmanager
    def _join_or_begin(self) -> Iterator[Connection]:
        under_way = self._under_way()
        if under_way is not None:
            yield under_way
            return
        engine = self._engine.execution_options(writes=True)
        with engine.begin() as connection:
            self._local.connection = connection
            try:
                yield connection
            finally:
                self._local.connection = None

    def find_damage(self) -> str:
        """What SQLite finds broken in the file, the first of it; empty: nothing."""
        with self.read() as connection:
            found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
        return "" if found == "ok" else found

    def close(self) -> None:
        self._engine.dispose()

    def _migrate(self, path: Path) -> None:
        """Bring the tables up to date; most often they are, and then Alembic is not even imported.

        Raises:
            StoreError: another version of ours wrote the file.
        """
        if self._read_revision() == newest_revision():
            return
        from alembic.command import upgrade
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.write() as connection:  # the lock keeps two starting processes apart
            config.attributes["connection"] = connection
            try:
                upgrade(config, "head")
            except CommandError as exc:
                raise StoreError(f"{path} cannot be used as the store: another version wrote it ({exc})") from exc

    def _read_revision(self) -> str | None:
        """The migration that the tables are at; None in a new file."""
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def newest_revision() -> str:
    """The last migration: their files begin with their numbers."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _make_engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_S},
        hide_parameters=True,  # no text in a log
        pool_size=N_KEPT_OPEN,
        max_overflow=-1,
    )

    @event.listens_for(engine, "connect")
    def _set_up_connection(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        connection.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT_S * 1000)}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")  # a paid answer survives a power cut

    @event.listens_for(engine, "handle_error", retval=True)
    def _explain(context: ExceptionContext) -> BaseException | None:
        return explain_fault(path, context.original_exception)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes", False):
            try:
                _begin_writing(connection)
            except sqlite3.Error as exc:  # the driver's own: `handle_error` does not see it
                raise explain_fault(path, exc) or exc from None
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _begin_writing(connection: Connection) -> None:
    """Take the write lock, looking often: SQLite looks every 100 ms in the end, and a busy writer leaves less."""
    driver, deadline = connection.connection.driver_connection, time.monotonic() + BUSY_TIMEOUT_S
    assert driver is not None  # it has just been opened
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as exc:
                if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                    raise
            time.sleep(LOOK_S)
    finally:
        driver.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT_S * 1000)}")
