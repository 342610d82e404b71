from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

import pytest
from sqlalchemy import insert, select

from fakes.clocks import HandClock
from mraru.errors import ProjectBusy
from mraru.store import leases as leases_module
from mraru.store.leases import LEASE_S
from mraru.store.store import Store
from mraru.store.tables import leases


def lease_of(store: Store, project_id: int, host: str, pid: int, expires_at: float) -> None:
    with store.database.write() as connection:
        values = {"project_id": project_id, "owner": f"{host}:{pid}:abc", "expires_at": expires_at}
        connection.execute(insert(leases).values(**values))


def held(store: Store) -> list[int]:
    with store.database.read() as connection:
        return list(connection.scalars(select(leases.c.project_id).order_by(leases.c.project_id)))


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_second_holder_is_told_that_the_project_is_busy(store: Store) -> None:
    with store.leases.hold(1):
        with pytest.raises(ProjectBusy, match="Project 1"), store.leases.hold(1):
            pass
        assert held(store) == [1]  # the refused one did not free it
    assert held(store) == []


def test_another_project_is_free(store: Store) -> None:
    with store.leases.hold(1), store.leases.hold(2):
        assert held(store) == [1, 2]


def test_a_lease_is_given_back_when_the_work_fails(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.leases.hold(1):
        raise ZeroDivisionError
    with store.leases.hold(1):
        pass


def test_a_lease_runs_out(store: Store, clock: HandClock) -> None:
    lease_of(store, 1, "another-machine", 1, clock() + LEASE_S)
    with pytest.raises(ProjectBusy), store.leases.hold(1):
        pass
    clock.advance(LEASE_S)
    with store.leases.hold(1):
        assert held(store) == [1]


def test_who_lost_the_lease_does_not_free_the_next_holders(store: Store, clock: HandClock) -> None:
    with store.leases.hold(1):
        clock.advance(LEASE_S)
        later = store.leases.hold(1)
        later.__enter__()
    assert held(store) == [1]
    later.__exit__(None, None, None)
    assert held(store) == []


def test_a_lease_is_renewed_as_long_as_the_work_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases_module, "LEASE_S", 0.03)
    n_looks, is_renewed = 0, threading.Event()

    def clock() -> float:
        nonlocal n_looks
        n_looks += 1
        if n_looks > 3:  # one to take it, then one for each renewal
            is_renewed.set()
        return float(n_looks)

    repository = leases_module.LeaseRepository(store.database, clock)
    with repository.hold(1):
        assert is_renewed.wait(10)
        with store.database.read() as connection:
            assert (connection.scalar(select(leases.c.expires_at)) or 0) >= 2


def test_leases_of_dead_processes_of_this_machine_are_broken_and_no_others(store: Store, clock: HandClock) -> None:
    here, later = socket.gethostname(), clock() + LEASE_S
    lease_of(store, 1, here, dead_pid(), later)
    lease_of(store, 2, here, os.getppid(), later)
    lease_of(store, 3, "another-machine", dead_pid(), later)
    lease_of(store, 4, here, os.getpid(), later)  # a process of this number before us: in a container often the same
    store.leases.break_dead()
    assert held(store) == [2, 3]
