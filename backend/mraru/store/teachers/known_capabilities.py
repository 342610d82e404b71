"""What the servers of models were found not to understand, and under which names they answer, for all processes."""

from __future__ import annotations

import json
import math
import threading
import time
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from mraru.records import ServerCapabilities
from mraru.store.database import Database
from mraru.store.tables.teacher_tables import capabilities as capability_table

MOST_NAMES = 20  # that are kept of a model: a server may make up one for each answer
FRESH_S = 60.0  # seconds after which it is looked up what other processes found


class CapabilityRepository:
    """A `CapabilityStore` in the database, read with each request: what was read lately is kept. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._guard = threading.Lock()
        self._read: dict[tuple[str, str], tuple[float, ServerCapabilities | None]] = {}  # monotonic seconds

    def load(self, server: str, model: str) -> ServerCapabilities | None:
        """What was found, however long ago; None if nothing was."""
        with self._guard:
            read_at, found = self._read.get((server, model), (-math.inf, None))
            if time.monotonic() - read_at > FRESH_S:
                found = self._load(server, model)
                self._read[server, model] = time.monotonic(), found
        return found

    def _load(self, server: str, model: str) -> ServerCapabilities | None:
        with self._database.read() as connection:
            kept = _read_row(connection, server, model)
        if kept is None:
            return None
        found, found_at = kept
        return ServerCapabilities(
            refused=tuple(found["refused"]),
            found_at=found_at,
            context_tokens=found.get("context_tokens"),
            tokens_per_estimate=found.get("tokens_per_estimate"),
        )

    def save(self, server: str, model: str, capabilities: ServerCapabilities) -> None:
        known = {
            "refused": sorted(capabilities.refused),
            "context_tokens": capabilities.context_tokens,
            "tokens_per_estimate": capabilities.tokens_per_estimate,
        }
        with self._guard:
            with self._database.write() as connection:
                found, _ = _read_row(connection, server, model) or ({}, 0.0)
                found = {name: value for name, value in (found | known).items() if value is not None}
                _write_row(connection, server, model, found, capabilities.found_at)
            self._read[server, model] = time.monotonic(), capabilities

    def note_name(self, server: str, model: str, name: str) -> bool:
        """Remember that the model answered under another name; False if that was known, or more than are kept are."""
        with self._database.write() as connection:
            found, found_at = _read_row(connection, server, model) or ({"refused": []}, 0.0)
            names = found.get("names", [])
            if name in names or len(names) >= MOST_NAMES:
                return False
            found["names"] = [*names, name]
            _write_row(connection, server, model, found, found_at)
        return True


def _read_row(connection: Connection, server: str, model: str) -> tuple[dict[str, Any], float] | None:
    row = connection.execute(
        select(capability_table.c.found, capability_table.c.found_at).where(
            capability_table.c.server == server, capability_table.c.model == model
        )
    ).first()
    return (json.loads(row.found), row.found_at) if row is not None else None


def _write_row(connection: Connection, server: str, model: str, found: dict[str, Any], found_at: float) -> None:
    values = {"found": json.dumps(found), "found_at": found_at}
    statement = insert(capability_table).values(server=server, model=model, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["server", "model"], set_=values))
