"""What the servers of models were found not to understand, so that no process has to find out again."""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from mraru.records import ServerCapabilities
from mraru.store.database import Database
from mraru.store.teacher_tables import capabilities as capability_table


class CapabilityRepository:
    """A `CapabilityStore` in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, server: str, model: str) -> ServerCapabilities | None:
        """What was found, however long ago; None if nothing was."""
        with self._database.read() as connection:
            row = connection.execute(
                select(capability_table.c.found, capability_table.c.found_at).where(
                    capability_table.c.server == server, capability_table.c.model == model
                )
            ).first()
        if row is None:
            return None
        return ServerCapabilities(refused=tuple(json.loads(row.found)["refused"]), found_at=row.found_at)

    def save(self, server: str, model: str, capabilities: ServerCapabilities) -> None:
        values = {
            "found": json.dumps({"refused": sorted(capabilities.refused)}),
            "found_at": capabilities.found_at,
        }
        statement = insert(capability_table).values(server=server, model=model, **values)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["server", "model"], set_=values))
