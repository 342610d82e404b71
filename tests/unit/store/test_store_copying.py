from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from mraru.budget_records import Budget
from mraru.errors import StoreError
from mraru.records import TeacherAnswer, TeacherIdentity, Usage
from mraru.store.database import newest_revision
from mraru.store.store import Store
from mraru.store.store_copying import (
    copy_store,
    count_tokens_kept,
    find_damage,
    is_open_elsewhere,
    read_schema_revision,
)

IDENTITY = TeacherIdentity(model="m", prompt_version="p", server="https://simulated.example/v1")
ANSWER = TeacherAnswer(label="A", raw="{}", cost_usd=0.25, usage=Usage(prompt_tokens=7, completion_tokens=3))
N_COPIES = 6


def ask(store: Store, number: int) -> None:
    """A paid call, and in one transaction its answer and the label of its text."""
    text_hash = f"{number:06d}"
    call = store.ledger.reserve(
        project_id=1,
        identity=IDENTITY,
        text_hash=text_hash,
        cost_bound_usd=0.5,
        tokens_bound=20,
        budget=Budget(),
    )
    with store.database.write():
        store.ledger.settle(call, ANSWER)
        store.teacher_labels.save(
            1, text_hash=text_hash, answer=ANSWER, identity=IDENTITY, round_number=1, at=float(number)
        )


def test_a_copy_while_others_write_holds_one_moment(store: Store, tmp_path: Path) -> None:
    stopping, n_asked = threading.Event(), 0
    asked = threading.Semaphore(0)

    def keep_asking() -> None:
        nonlocal n_asked
        while not stopping.is_set():
            ask(store, n_asked)
            n_asked += 1
            asked.release()

    writer = threading.Thread(target=keep_asking)
    writer.start()
    counts = []
    try:
        for number in range(N_COPIES):
            asked.acquire()  # it goes on between two copies
            at_least, copy = n_asked, tmp_path / f"copy-{number}"
            copy_store(tmp_path / "mraru.sqlite3", copy)
            counts.append((at_least, count_whole(copy)))
    finally:
        stopping.set()
        writer.join()
    assert all(at_least <= n_whole for at_least, n_whole in counts)
    assert counts[-1][1] > 0


def count_whole(copy: Path) -> int:
    """Answered calls of a copy, each of them whole and with its label."""
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        calls = connection.execute(
            "SELECT text_hash, label, raw, cost_usd, prompt_tokens, completion_tokens FROM calls "
            "WHERE status = 'answered' ORDER BY text_hash"
        ).fetchall()
        labelled = connection.execute("SELECT text_hash FROM teacher_labels ORDER BY text_hash").fetchall()
    assert [call[1:] for call in calls] == [("A", "{}", 0.25, 7, 3)] * len(calls)
    assert [call[:1] for call in calls] == labelled
    return len(calls)


def test_a_copy_is_one_file_for_its_owner_alone(store: Store, tmp_path: Path) -> None:
    to = tmp_path / "to"
    to.mkdir()
    store.projects.connect(1, label_config="", hostname="h", access_token="t", backend_url="b")
    store.projects.connect(2, label_config="", hostname=None, access_token=None, backend_url="b")
    copy_store(tmp_path / "mraru.sqlite3", to / "copy")
    assert [path.name for path in to.iterdir()] == ["copy"]
    assert stat.S_IMODE((to / "copy").stat().st_mode) == 0o600
    assert (read_schema_revision(to / "copy"), count_tokens_kept(to / "copy")) == (newest_revision(), 1)


def test_a_damaged_store_is_not_copied_and_said_so(store: Store, tmp_path: Path) -> None:
    for number in range(300):
        ask(store, number)
    store.close()
    path = tmp_path / "mraru.sqlite3"
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :: 7] = b"\xff" * len(content[len(content) // 2 :: 7])
    path.write_bytes(content)
    assert find_damage(path)
    with pytest.raises(StoreError, match=r"mraru\.sqlite3 (is damaged|cannot be copied)"):
        copy_store(path, tmp_path / "copy")


@pytest.mark.parametrize("content", [b"no database at all" * 100, b""], ids=["no database", "an empty file"])
def test_what_is_no_store_has_no_schema(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    for look in (read_schema_revision, count_tokens_kept):
        with pytest.raises(StoreError, match="is no store of mraru"):
            look(path)


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be copied"):
        copy_store(tmp_path / "none", tmp_path / "copy")
    assert not (tmp_path / "none").exists()
    assert not is_open_elsewhere(tmp_path / "none")


def test_whoever_has_the_store_open_is_seen_until_it_closes(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "mraru.sqlite3"
    store.projects.list_all()
    assert is_open_elsewhere(path)
    store.close()
    assert not is_open_elsewhere(path)
