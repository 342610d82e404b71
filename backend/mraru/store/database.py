"""Opens the SQLite file: WAL, migrations, and transactions that say beforehand whether they write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.command import upgrade
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from mraru.errors import StoreError

BUSY_TIMEOUT_S = 60.0  # seconds that a writer waits for another process's write
MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """A SQLite database that several processes share."""

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
        self._engine = _make_engine(path)
        try:
            self._migrate()
        except DatabaseError as exc:
            raise StoreError(f"{path} cannot be used as the store: {exc.orig}") from exc
        except CommandError as exc:
            raise StoreError(f"{path} cannot be used as the store: another version wrote it ({exc})") from exc

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot: what others write meanwhile is not seen."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its beginning, so that it cannot fail half-way."""
        engine = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        with engine.begin() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.write() as connection:  # the lock keeps two starting processes apart
            config.attributes["connection"] = connection
            upgrade(config, "head")


def _make_engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_TIMEOUT_S})

    @event.listens_for(engine, "connect")
    def _set_up_connection(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        connection.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT_S * 1000)}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")  # a paid answer survives a power cut

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine
