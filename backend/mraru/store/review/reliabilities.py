"""How far the student and the LLM of each project are to be believed, as last fitted."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from mraru.store.database import Database
from mraru.store.tables.review_tables import reliabilities


class ReliabilityRepository:
    """One a project, as JSON: the loop knows what stands in it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, project_id: int, round_number: int, fitted: str) -> None:
        """Keep what was fitted after a round, in the place of what was fitted before."""
        values = {"round_number": round_number, "fitted": fitted}
        statement = insert(reliabilities).values(project_id=project_id, **values)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["project_id"], set_=values))

    def load(self, project_id: int) -> str | None:
        """What was last fitted; None if nothing was."""
        with self._database.read() as connection:
            return connection.scalar(select(reliabilities.c.fitted).where(reliabilities.c.project_id == project_id))
