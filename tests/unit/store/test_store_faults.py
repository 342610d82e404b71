"""Full disks, read-only stores, damaged pages: one clear error, and everything or nothing written."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.clocks import HandClock
from fakes.disks import damage_pages, no_new_page, no_room, read_only
from mraru.budget_records import Budget
from mraru.errors import DiskFull, StoreDamaged, StoreFault, StoreReadOnly
from mraru.records import TaskText, TeacherAnswer, TeacherIdentity
from mraru.store import database as database_module
from mraru.store.ledger.ledger_repository import PAUSES_S, LedgerRepository
from mraru.store.store import Store, open_store
from mraru.store.store_faults import explain_fault

IDENTITY = TeacherIdentity(model="m", prompt_version="p")
ANSWER = TeacherAnswer(label="A", raw="{}" * 40_000)  # more than a page
MANY = [TaskText(task_id=number, text=f"text {number} " * 20) for number in range(1, 500)]


def connect(store: Store) -> None:
    store.projects.connect(1, label_config="<View/>", hostname="h", access_token="t", backend_url="b")


def reserve(ledger: LedgerRepository) -> int:
    return ledger.reserve(
        project_id=1,
        identity=IDENTITY,
        text_hash="h",
        cost_bound_usd=0.5,
        tokens_bound=20,
        budget=Budget(max_calls=9, max_cost_usd=9.0),
    )


def test_a_full_disk_is_said_and_nothing_is_written(store: Store) -> None:
    connect(store)
    with no_new_page(store), pytest.raises(DiskFull, match=r"^The disk of .*mraru\.sqlite3 is full: .* Make room"):
        store.tasks.save(1, MANY)
    assert store.tasks.count(1) == 0
    store.tasks.save(1, MANY)  # once there is room
    assert store.tasks.count(1) == len(MANY)


def test_a_file_that_can_grow_no_more_is_said_and_nothing_is_written(store: Store) -> None:
    connect(store)
    with no_room(), pytest.raises(StoreFault, match=r"mraru\.sqlite3 cannot be read or written .*: its disk is full"):
        store.projects.start(1)
    project = store.projects.get(1)
    assert project is not None
    assert not project.is_started


def test_a_store_that_may_not_be_written_says_so_and_is_read(store: Store) -> None:
    connect(store)
    with read_only(store):
        with pytest.raises(StoreReadOnly, match=r"cannot be written .* read-only"):
            store.projects.start(1)
        assert [project.project_id for project in store.projects.list_all()] == [1]


def test_damaged_pages_are_named_and_what_does_not_lie_in_them_is_read(store: Store, tmp_path: Path) -> None:
    connect(store)
    store.tasks.save(1, MANY)
    store.close()
    damage_pages(tmp_path / "mraru.sqlite3", "tasks")
    opened = open_store(tmp_path / "mraru.sqlite3")
    with pytest.raises(StoreDamaged, match=r"mraru\.sqlite3 .* It is damaged: .*mraru restore.*paid for"):
        opened.tasks.count(1)
    assert [project.project_id for project in opened.projects.list_all()] == [1]
    opened.close()


def test_an_error_of_our_own_statement_is_no_fault_of_the_file(tmp_path: Path) -> None:
    with sqlite3.connect(":memory:") as connection, pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT nothing FROM nowhere")
    assert explain_fault(tmp_path, caught.value) is None
    connection.close()


def test_text_that_is_no_text_any_more_is_damage(tmp_path: Path) -> None:
    with sqlite3.connect(":memory:") as connection, pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT CAST(x'ff' AS TEXT)").fetchone()
    assert isinstance(explain_fault(tmp_path, caught.value), StoreDamaged)
    connection.close()


def test_no_call_is_booked_where_its_answer_could_not_be_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "ROOM_BYTES", 10**18)
    with pytest.raises(DiskFull, match=r"MB are free on the disk of .*: no call is made"):
        reserve(store.ledger)
    assert store.ledger.spending(1).n_calls == 0


def test_an_answer_that_finds_the_disk_full_is_kept_once_there_is_room(
    store: Store, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    waited: list[float] = []
    full = no_new_page(store)

    def make_room(pause_s: float) -> None:
        waited.append(pause_s)
        if len(waited) == 2:
            full.__exit__(None, None, None)

    ledger = LedgerRepository(store.database, clock, sleep=make_room)
    call = reserve(ledger)
    full.__enter__()
    with caplog.at_level(logging.WARNING):
        ledger.settle(call, replace(ANSWER, cost_usd=0.1))
    assert waited == list(PAUSES_S[:2])
    kept = ledger.find_answer(IDENTITY, "h")
    assert kept is not None
    assert (kept.label, kept.raw) == (ANSWER.label, ANSWER.raw)
    assert {record.event for record in caplog.records} == {"answer_not_written"}


def test_an_answer_that_never_finds_room_stays_booked_in_full(store: Store, clock: HandClock) -> None:
    waited: list[float] = []
    ledger = LedgerRepository(store.database, clock, sleep=waited.append)
    call = reserve(ledger)
    with no_new_page(store), pytest.raises(DiskFull):
        ledger.settle(call, ANSWER)
    assert waited == list(PAUSES_S)
    assert ledger.spending(1).cost_usd == 0.5


def test_within_a_transaction_nothing_is_waited_for(store: Store, clock: HandClock) -> None:
    waited: list[float] = []
    ledger = LedgerRepository(store.database, clock, sleep=waited.append)
    call = reserve(ledger)
    with no_new_page(store), pytest.raises(DiskFull), store.database.write():
        ledger.settle(call, ANSWER)
    assert waited == []
