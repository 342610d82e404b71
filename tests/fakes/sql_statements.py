"""What is asked of the database while a block runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event

LOCK = "BEGIN IMMEDIATE"


@contextmanager
def seen_statements() -> Iterator[list[str]]:
    """The SQL of each statement, however many rows it writes, and of each transaction's begin."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    def note_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):  # it locks through the driver, where no statement is seen
            seen.append(LOCK)

    event.listen(Engine, "before_cursor_execute", note)
    event.listen(Engine, "begin", note_begin)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        event.remove(Engine, "begin", note_begin)


def locks(statements: list[str]) -> list[str]:
    """Those that take the store's write lock."""
    return [statement for statement in statements if statement == LOCK]
