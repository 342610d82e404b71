"""One worker at a time per project: a lease that runs out by itself when its holder dies.

A holder that slept through its lease, as with its machine, finds at its next write that another one has it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.sqlite import insert

from mraru.errors import ProjectBusy, StoreFault
from mraru.store.database import Database
from mraru.store.moments import has_come
from mraru.store.projects.processes import is_alive, is_of_this_machine, is_surely_dead, name_holder, pid_of
from mraru.store.tables.project_tables import leases

logger = logging.getLogger(__name__)

LEASE_S = 60.0  # seconds; renewed three times as often
LONGEST_S = 10 * LEASE_S  # seconds; what seems to last longer was taken before the clock was set back


class LeaseRepository:
    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    @contextmanager
    def hold(self, project_id: int) -> Iterator[None]:
        """Hold the project's lease, renewed in the background; what this thread writes for it meanwhile is fenced.

        Raises:
            ProjectBusy: somebody else holds it.
        """
        owner = name_holder()
        self._take(project_id, owner)
        released = threading.Event()
        renewal = threading.Thread(target=self._renew, args=(project_id, owner, released), daemon=True)
        renewal.start()
        try:
            with self._database.fences.stand(project_id, owner):
                yield
        finally:
            released.set()
            renewal.join()
            with self._database.write() as connection:
                connection.execute(delete(leases).where(leases.c.project_id == project_id, leases.c.owner == owner))

    def is_lost(self, project_id: int) -> bool:
        """Whether this thread held the lease and another one has it now."""
        with self._database.read() as connection:
            return not self._database.fences.is_kept(connection, project_id)

    def check(self, project_id: int) -> None:
        """See that it is still held, where this thread holds it.

        Raises:
            LeaseLost: another one has it.
        """
        with self._database.read() as connection:
            self._database.fences.check(connection, project_id)

    def break_dead(self) -> None:
        """Forget the leases of processes of this machine that are gone: for the start of a worker."""
        with self._database.write() as connection:
            for row in connection.execute(select(leases)).all():
                pid = pid_of(row.owner)
                if is_of_this_machine(row.owner) and (pid == os.getpid() or not is_alive(pid)):
                    connection.execute(delete(leases).where(leases.c.project_id == row.project_id))

    def _take(self, project_id: int, owner: str) -> None:
        now = self._clock()
        with self._database.write() as connection:
            row = connection.execute(select(leases).where(leases.c.project_id == project_id)).first()
            if row is not None and _is_held(row.owner, row.expires_at, now):
                raise ProjectBusy(f"Project {project_id} is being worked on by another worker.")
            values = {"owner": owner, "expires_at": now + LEASE_S}
            statement = insert(leases).values(project_id=project_id, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["project_id"], set_=values))

    def _renew(self, project_id: int, owner: str, released: threading.Event) -> None:
        while not released.wait(LEASE_S / 3):
            try:
                with self._database.write() as connection:
                    connection.execute(
                        update(leases)
                        .where(leases.c.project_id == project_id, leases.c.owner == owner)
                        .values(expires_at=self._clock() + LEASE_S)
                    )
            except StoreFault as exc:  # the next try may still be in time; if not, the holder notices
                logger.warning(
                    "the lease of project %d was not renewed: %s", project_id, exc, extra={"event": "not_renewed"}
                )


def _is_held(owner: str, expires_at: float, now: float) -> bool:
    """Whether its holder may be at work; one on this machine is looked for, whatever the clock says."""
    if is_surely_dead(owner):
        return False
    return expires_at > now and (is_of_this_machine(owner) or not has_come(expires_at, now, LONGEST_S))
