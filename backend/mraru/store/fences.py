"""Keeps a thread from writing for a project whose lease it held and has lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, select

from mraru.errors import LeaseLost
from mraru.store.tables.project_tables import leases


class Fences:
    """The leases that each thread holds; a thread that holds none may write, as people's commands do."""

    def __init__(self) -> None:
        self._local = threading.local()

    @contextmanager
    def stand(self, project_id: int, owner: str) -> Iterator[None]:
        """Check this thread's writes for the project by the name under which it took the lease."""
        held = self._held()
        held[project_id] = owner
        try:
            yield
        finally:
            if held.get(project_id) == owner:
                del held[project_id]

    def is_kept(self, connection: Connection, project_id: int) -> bool:
        """False where this thread took the lease and another one has it."""
        owner = self._held().get(project_id)
        if owner is None:
            return True
        return connection.scalar(select(leases.c.owner).where(leases.c.project_id == project_id)) == owner

    def check(self, connection: Connection, project_id: int) -> None:
        """Refuse what a thread is about to do for a project.

        Raises:
            LeaseLost: it took the lease, and another one has it.
        """
        if not self.is_kept(connection, project_id):
            raise LeaseLost

    def _held(self) -> dict[int, str]:
        held: dict[int, str] | None = getattr(self._local, "held", None)
        if held is None:
            held = self._local.held = {}
        return held
