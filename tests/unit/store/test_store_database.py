from __future__ import annotations

import sqlite3
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, text

from fakes.clocks import HandClock
from mraru.budget_records import Budget
from mraru.errors import StoreError
from mraru.records import (
    Annotation,
    CircuitState,
    Prediction,
    ServerCapabilities,
    TaskText,
    TeacherAnswer,
    TeacherHealth,
    TeacherIdentity,
)
from mraru.store.database import MIGRATIONS, Database, newest_revision
from mraru.store.projects.round_repository import RoundKind, RoundStep, TextVisit
from mraru.store.review.opinions import Opinion
from mraru.store.review.review_tabs import ReviewTab
from mraru.store.store import Store, open_store
from mraru.store.tables.project_tables import metadata, projects


def test_the_migrations_make_exactly_the_tables_of_the_code(store: Store) -> None:
    with store.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_revision_is_told_by_the_names_of_the_files(store: Store) -> None:
    assert newest_revision() == ScriptDirectory(str(MIGRATIONS)).get_current_head()
    with store.database.read() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == newest_revision()


def test_an_empty_table_of_versions_is_that_of_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "mraru.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    connection.close()
    database = Database(path)
    with database.read() as opened:
        assert compare_metadata(MigrationContext.configure(opened), metadata) == []
    database.close()


def fill(store: Store) -> None:
    identity = TeacherIdentity(model="m", prompt_version="p")
    answer = TeacherAnswer(label="A", raw="{}")
    store.projects.connect(1, label_config="<View/>", hostname="h", access_token="t", backend_url="b")
    store.warnings.note(1, "code", "message", 1.0)
    store.tasks.save(1, [TaskText(task_id=7, text="seven")])
    store.vectors.save_vectors("m", {"h": np.array([1, 2], dtype=np.float32)})
    call = store.ledger.reserve(
        project_id=1,
        identity=identity,
        text_hash="h",
        cost_bound_usd=0.5,
        tokens_bound=20,
        budget=Budget(max_calls=9, max_cost_usd=9.0),
    )
    store.ledger.settle(call, replace(answer, cost_usd=1.0))  # beyond its bound
    job = store.batch_jobs.open(1, round_number=1, identity=identity, at=1.5)
    store.ledger.reserve_in_batch(
        job, text_hash="i", body="{}", cost_bound_usd=0.25, tokens_bound=20, budget=Budget(max_calls=9)
    )
    store.teacher_labels.save(1, text_hash="h", answer=answer, identity=identity, round_number=1, at=2.0)
    store.annotations.save(1, [Annotation(annotation_id=3, task_id=7, label="A")], 3.0)
    store.settled_gold.replace_all(1, {"h": "A"})
    store.rounds.open(
        1,
        number=1,
        kind=RoundKind.MRARU,
        step=RoundStep.ASKING,
        n_pool=1,
        selected=[TextVisit(text_hash="h", acceptance_probability=0.5, accepted=True, pass_number=1)],
        selection_end=None,
        at=4.0,
    )
    store.predictions.add(1, [Prediction(task_id=7, label="A", score=0.5, model_version="v")])
    store.audit_samples.add(1, "corpus", ["h"], 4.5)
    store.reliabilities.save(1, 1, "{}")
    store.opinions.save(1, [Opinion(text_hash="h", label="A", confidence=0.75, final_label="A", score=0.5)], 1)
    store.teacher_health.save(TeacherHealth(server="s", model="m", circuit=CircuitState.CLOSED, n_failures=0))
    store.label_definitions.define(1, {"A": "what it means"})
    store.definition_drafts.want(1, "A")
    store.former_prompts.note_latest(1, [TeacherIdentity(model="m", prompt_version="later")], "A", {"A"})
    store.label_renames.rename(1, "A", "B")
    store.set_aside_labels.replace_all(1, ["C"])
    store.label_watches.begin_anew(1, identity)
    store.review_tabs.save(1, ReviewTab(kind="review", view_id=4, written="{}"))
    store.stop_rules.note(1, {"rule": "why"}, 5, 6.0)
    store.capabilities.save("s", "m", ServerCapabilities(refused=("n",), found_at=5.0))
    store.project_settings.change(1, {"max_calls": 5})
    store.events.add(1, action="START_TRAINING", payload="{}", is_trusted=False)


def rows_of(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.database.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(table.select())] for table in metadata.sorted_tables
        }


def test_a_store_that_is_opened_again_holds_everything(tmp_path: Path, clock: HandClock) -> None:
    path = tmp_path / "mraru.sqlite3"
    first = open_store(path, clock)
    fill(first)
    before = rows_of(first)
    first.close()
    again = open_store(path, clock)
    assert rows_of(again) == before
    assert [name for name, rows in before.items() if not rows] == ["leases", "past_events"]
    again.close()


def test_the_file_is_for_its_owner_alone(store: Store, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "mraru.sqlite3").stat().st_mode) == 0o600


def test_a_folder_may_have_any_name(tmp_path: Path, clock: HandClock) -> None:
    path = tmp_path / "100%? #1 ü;" / "mraru.sqlite3"
    opened = open_store(path, clock)
    fill(opened)
    opened.close()
    assert path.stat().st_size > 0


def test_a_file_that_is_no_database_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "mraru.sqlite3"
    path.write_text("a letter to grandmother\n" * 100)
    with pytest.raises(StoreError, match=r"mraru\.sqlite3 cannot be used as the store: file is not a database"):
        Database(path)
    assert path.read_text().startswith("a letter")


def test_a_damaged_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mraru.sqlite3"
    opened = open_store(path)
    fill(opened)
    opened.close()
    content = bytearray(path.read_bytes())
    content[:2000] = b"\x00" * 100 + b"\xff" * 1900
    path.write_bytes(content)
    with pytest.raises(StoreError, match="cannot be used as the store"):
        Database(path)


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mraru.sqlite3"
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE tasks (name TEXT)")
    foreign.close()
    with pytest.raises(StoreError, match="cannot be used as the store"):
        Database(path)


def test_a_store_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mraru.sqlite3"
    open_store(path).close()
    with sqlite3.connect(path) as later:
        later.execute("UPDATE alembic_version SET version_num = '9999'")
    later.close()
    with pytest.raises(StoreError, match="cannot be used as the store"):
        Database(path)


@pytest.mark.parametrize("blocked", ["a-file", "a-file/below"])
def test_a_folder_that_cannot_be_made_is_refused_by_setting(tmp_path: Path, blocked: str) -> None:
    (tmp_path / "a-file").touch()
    with pytest.raises(StoreError, match=r"MODEL_DIR: cannot write .*mraru\.sqlite3"):
        Database(tmp_path / blocked / "mraru.sqlite3")


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mraru.sqlite3").mkdir()
    with pytest.raises(StoreError):
        Database(tmp_path / "mraru.sqlite3")


def test_a_write_that_fails_leaves_nothing_behind(store: Store) -> None:
    def fail_half_way() -> None:
        with store.database.write() as connection:
            connection.execute(insert(projects).values(project_id=1, state="connected"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert store.projects.list_all() == []


def test_a_read_sees_one_moment_whatever_is_written_meanwhile(store: Store) -> None:
    n_tasks = text("SELECT count(*) FROM tasks")
    with store.database.read() as connection:
        before = connection.scalar(n_tasks)
        store.tasks.save(1, [TaskText(task_id=1, text="one")])
        assert connection.scalar(n_tasks) == before == 0
    assert store.tasks.count(1) == 1


def test_many_threads_read_at_the_same_time(store: Store) -> None:
    """A page, a download, `/predict` and webhooks have threads of their own: none waits for another's connection."""
    n_threads = 60
    everybody_reads = threading.Barrier(n_threads)

    def read() -> int:
        with store.database.read() as connection:
            everybody_reads.wait(20.0)
            return int(connection.execute(text("SELECT 1")).scalar_one())

    with ThreadPoolExecutor(n_threads) as threads:
        asked = [threads.submit(read) for _ in range(n_threads)]
    assert [one.result() for one in asked] == [1] * n_threads
