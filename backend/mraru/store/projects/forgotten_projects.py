"""Removes what is kept of one project, but for the calls that were paid for."""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, func, select

from mraru.store.database import Database
from mraru.store.tables.project_tables import (
    batch_jobs,
    batch_requests,
    calls,
    leases,
    metadata,
    projects,
    tasks,
    vectors,
)

# The ledger: money was spent, and budgets count it. The lease: whoever forgets the project holds it.
KEPT_TABLES = (calls, leases)


class ForgottenProjectRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def count_calls(self, project_id: int) -> int:
        """Calls in the ledger, which stay."""
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(calls.c.project_id == project_id)) or 0

    def forget(self, project_id: int) -> None:
        """Remove the project with all that is kept of it, and vectors of texts that no other project has: all at once.

        Its calls stay in the ledger. Other projects lose nothing: an answer that one call of its gave to a text
        that they have as well is read from the ledger.
        """
        with self._database.write() as connection:
            _remove_vectors(connection, project_id)
            of_project = select(batch_jobs.c.job_id).where(batch_jobs.c.project_id == project_id)
            connection.execute(delete(batch_requests).where(batch_requests.c.job_id.in_(of_project)))
            for table in _tables_of_projects():
                connection.execute(delete(table).where(table.c.project_id == project_id))


def _tables_of_projects() -> list[Table]:
    """All tables with rows of projects, `projects` last."""
    found = [table for table in metadata.tables.values() if "project_id" in table.c and table not in KEPT_TABLES]
    return sorted(found, key=lambda table: table is projects)


def _remove_vectors(connection: Connection, project_id: int) -> None:
    its_own = select(tasks.c.text_hash).where(tasks.c.project_id == project_id)
    of_others = select(tasks.c.text_hash).where(tasks.c.project_id != project_id)
    connection.execute(delete(vectors).where(vectors.c.text_hash.in_(its_own), vectors.c.text_hash.not_in(of_others)))
