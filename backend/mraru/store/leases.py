"""One worker at a time per project: a lease that runs out by itself when its holder dies."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.sqlite import insert

from mraru.errors import ProjectBusy
from mraru.store.database import Database
from mraru.store.tables import leases

LEASE_S = 60.0  # seconds; renewed three times as often


class LeaseRepository:
    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    @contextmanager
    def hold(self, project_id: int) -> Iterator[None]:
        """Hold the project's lease, renewed in the background.

        Raises:
            ProjectBusy: somebody else holds it.
        """
        owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex}"
        self._take(project_id, owner)
        released = threading.Event()
        renewal = threading.Thread(target=self._renew, args=(project_id, owner, released), daemon=True)
        renewal.start()
        try:
            yield
        finally:
            released.set()
            renewal.join()
            with self._database.write() as connection:
                connection.execute(delete(leases).where(leases.c.project_id == project_id, leases.c.owner == owner))

    def break_dead(self) -> None:
        """Forget the leases of processes of this machine that are gone: for the start of a worker."""
        with self._database.write() as connection:
            for row in connection.execute(select(leases)).all():
                host, pid, _ = row.owner.split(":")
                if host == socket.gethostname() and (int(pid) == os.getpid() or not _is_alive(int(pid))):
                    connection.execute(delete(leases).where(leases.c.project_id == row.project_id))

    def _take(self, project_id: int, owner: str) -> None:
        now = self._clock()
        with self._database.write() as connection:
            row = connection.execute(select(leases).where(leases.c.project_id == project_id)).first()
            if row is not None and row.expires_at > now:
                raise ProjectBusy(f"Project {project_id} is being worked on by another worker.")
            values = {"owner": owner, "expires_at": now + LEASE_S}
            statement = insert(leases).values(project_id=project_id, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["project_id"], set_=values))

    def _renew(self, project_id: int, owner: str, released: threading.Event) -> None:
        while not released.wait(LEASE_S / 3):
            with self._database.write() as connection:
                connection.execute(
                    update(leases)
                    .where(leases.c.project_id == project_id, leases.c.owner == owner)
                    .values(expires_at=self._clock() + LEASE_S)
                )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
