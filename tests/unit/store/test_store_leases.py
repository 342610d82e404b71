from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from fakes.clocks import HandClock
from fakes.processes import read_until, start
from mraru.errors import LeaseLost, ProjectBusy
from mraru.records import Prediction
from mraru.store.projects import leases as leases_module
from mraru.store.projects.leases import LEASE_S
from mraru.store.projects.processes import name_numbering
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.round_repository import RoundKind, RoundStep
from mraru.store.review.opinions import Opinion
from mraru.store.store import Store
from mraru.store.tables.project_tables import leases


def lease_of(store: Store, project_id: int, host: str, pid: int, expires_at: float, numbering: str = "") -> None:
    with store.database.write() as connection:
        owner = f"{host}:{pid}:{numbering or name_numbering()}-abc"
        values = {"project_id": project_id, "owner": owner, "expires_at": expires_at}
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


def test_a_killed_holder_keeps_nobody_waiting(store: Store, tmp_path: Path) -> None:
    holder = start("-c", HOLDS, str(tmp_path / "mraru.sqlite3"))
    read_until(holder, "held")
    with pytest.raises(ProjectBusy), store.leases.hold(1):
        pass
    holder.kill()  # nobody has asked how it ended yet: its number is still there
    os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)
    with store.leases.hold(1):
        assert held(store) == [1]
    holder.communicate()


HOLDS = """
import pathlib, signal, sys
from mraru.store.store import open_store
with open_store(pathlib.Path(sys.argv[1])).leases.hold(1):
    print("held", flush=True)
    signal.pause()
"""


def test_a_holder_of_another_machine_or_container_may_be_alive(store: Store, clock: HandClock) -> None:
    later = clock() + LEASE_S
    lease_of(store, 1, "another-machine", dead_pid(), later)
    lease_of(store, 2, socket.gethostname(), dead_pid(), later, numbering="of another container")
    for project_id in (1, 2):
        with pytest.raises(ProjectBusy), store.leases.hold(project_id):
            pass


@contextmanager
def taken_by_another(store: Store) -> Iterator[None]:
    """Project 1 is worked on by a process of another machine."""
    with store.database.write() as connection:
        connection.execute(update(leases).where(leases.c.project_id == 1).values(owner="another-machine:1:0-abc"))
    yield


OPINION = Opinion(text_hash="a", label="a", confidence=0.5, final_label="a", score=0.5)


def open_round(store: Store) -> None:
    store.rounds.open(
        1,
        number=len(store.rounds.list_all(1)) + 1,
        kind=RoundKind.MRARU,
        step=RoundStep.ASKING,
        n_pool=0,
        selected=(),
        selection_end=None,
        at=1.0,
    )


def predict(store: Store) -> None:
    store.predictions.add(1, [Prediction(task_id=1, label="a", score=0.5, model_version="m")])


WRITES: dict[str, Callable[[Store], object]] = {
    "round": open_round,
    "step": lambda store: store.rounds.update(1, 1, step=RoundStep.DONE),
    "prediction": predict,
    "opinions": lambda store: store.opinions.save(1, [OPINION], 1),
    "state": lambda store: store.projects.set_state(1, ProjectState.STOPPED),
    "served": lambda store: store.projects.set_served(1, "m", 1),
    "corrections": lambda store: store.projects.forget_corrections(1, 1),
    "calls": lambda store: store.ledger.forfeit_lost(1),
    "Label Studio": lambda store: store.leases.check(1),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_who_slept_through_the_lease_writes_nothing_more(
    store: Store, clock: HandClock, write: Callable[[Store], object]
) -> None:
    with store.leases.hold(1):
        write(store)  # as long as it is held
        clock.advance(LEASE_S)
        write(store)  # nobody has it but us
        with taken_by_another(store):
            assert store.leases.is_lost(1)
            with pytest.raises(LeaseLost, match="Another process works on the project"):
                write(store)
    write(store)  # as a command of people's, which holds none


def test_another_projects_writes_are_not_kept_up_by_a_lost_lease(store: Store, clock: HandClock) -> None:
    with store.leases.hold(1):
        clock.advance(LEASE_S)
        with taken_by_another(store):
            store.projects.set_served(2, "m", 1)
            assert not store.leases.is_lost(2)
