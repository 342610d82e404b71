"""A list of Label Studio's of which nothing is new costs a read and no lock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.sql_statements import locks, seen_statements
from mraru.records import Annotation, TaskText
from mraru.store.store import Store

N_ROWS = 1000
TASKS = [TaskText(task_id=number, text=f"text {number}") for number in range(1, N_ROWS + 1)]
ANNOTATIONS = [
    Annotation(annotation_id=number, task_id=number, label="A", updated_at="2026-11-24T10:00:00.000000Z")
    for number in range(1, N_ROWS + 1)
]


@pytest.fixture(autouse=True)
def known(store: Store) -> None:
    store.projects.connect(1, label_config="", hostname=None, access_token=None, backend_url=None)
    store.tasks.save(1, TASKS)
    store.annotations.replace_all(1, ANNOTATIONS, 10.0)


def test_unchanged_annotations_are_read_once_and_nothing_is_locked(store: Store) -> None:
    with seen_statements() as seen:
        assert store.annotations.replace_all(1, ANNOTATIONS, 20.0) == 0
    assert locks(seen) == []
    assert sum("FROM annotations" in statement for statement in seen) == 1
    assert len(seen) <= 2  # its begin beside it


def test_of_annotations_only_what_differs_is_written_and_at_once(store: Store) -> None:
    changed = [replace(row, label="B") for row in ANNOTATIONS[:200]]
    with seen_statements() as seen:
        assert store.annotations.replace_all(1, [*changed, *ANNOTATIONS[200:]], 20.0) == 200
    assert len(locks(seen)) == 1
    assert sum(statement.startswith("INSERT") for statement in seen) == 1
    assert {row.label for row in store.annotations.list_by_text(1)[TASKS[0].text_hash]} == {"B"}
    assert {row.label for row in store.annotations.list_by_text(1)[TASKS[200].text_hash]} == {"A"}


def test_what_is_unchanged_in_a_list_goes_when_a_later_list_lacks_it(store: Store) -> None:
    store.annotations.replace_all(1, ANNOTATIONS, 20.0)
    assert store.annotations.replace_all(1, ANNOTATIONS[1:], 30.0) == 1
    assert store.annotations.count(1) == N_ROWS - 1


def test_what_a_webhook_told_again_since_the_listing_began_stays(store: Store) -> None:
    store.annotations.save(1, ANNOTATIONS[:1], 25.0)
    assert store.annotations.replace_all(1, ANNOTATIONS[1:], 20.0) == 0
    assert store.annotations.count(1) == N_ROWS


def test_unchanged_tasks_lock_nothing_and_of_others_what_differs_is_written(store: Store) -> None:
    with seen_statements() as seen:
        assert store.tasks.save(1, TASKS) == 0
        store.tasks.remove_all_but(1, range(1, N_ROWS + 1))
    assert locks(seen) == []
    several = replace(TASKS[0], overlap=2)
    with seen_statements() as seen:
        assert store.tasks.save(1, [several, replace(TASKS[1], text="other"), *TASKS[2:]]) == 1
    assert sum(statement.startswith("INSERT") for statement in seen) == 1
    assert store.tasks.load_text(1, 2) == "other"
