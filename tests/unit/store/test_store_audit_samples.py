from __future__ import annotations

from mraru.records import TaskText, hash_text
from mraru.store.store import Store


def test_draws_keep_their_order_and_are_noted_once(store: Store) -> None:
    store.audit_samples.add(1, "corpus", ["c", "a"], 1.0)
    store.audit_samples.add(1, "corpus", ["a", "b", "b"], 2.0)
    assert store.audit_samples.list_drawn(1, "corpus") == ["c", "a", "b"]


def test_each_frame_of_each_project_has_draws_of_its_own(store: Store) -> None:
    store.audit_samples.add(1, "corpus", ["a"], 1.0)
    store.audit_samples.add(1, "teacher", ["a", "b"], 1.0)
    store.audit_samples.add(2, "corpus", ["z"], 1.0)
    assert store.audit_samples.list_drawn(1, "corpus") == ["a"]
    assert store.audit_samples.list_drawn(1, "teacher") == ["a", "b"]
    assert store.audit_samples.list_drawn(2, "corpus") == ["z"]
    assert store.audit_samples.list_drawn(3, "corpus") == []


def test_more_draws_than_one_statement_takes_are_kept(store: Store) -> None:
    listed = [f"{number:032x}" for number in range(1200)]
    store.audit_samples.add(1, "corpus", listed, 1.0)
    assert store.audit_samples.list_drawn(1, "corpus") == listed


def test_tasks_of_drawn_texts_are_listed_once_with_their_doubles(store: Store) -> None:
    tasks = [TaskText(task_id=5, text="one"), TaskText(task_id=3, text="one"), TaskText(task_id=4, text="two")]
    store.tasks.save(1, tasks)
    store.tasks.save(2, tasks)
    store.audit_samples.add(1, "corpus", [hash_text("one"), hash_text("gone")], 1.0)
    store.audit_samples.add(1, "teacher", [hash_text("one")], 1.0)
    store.audit_samples.add(2, "corpus", [hash_text("two")], 1.0)
    assert store.audit_samples.list_task_ids(1) == [3, 5]


def test_a_text_counts_as_drawn_when_it_was_first_drawn(store: Store) -> None:
    store.tasks.save(1, [TaskText(task_id=number, text=text) for number, text in enumerate("abac", start=1)])
    store.audit_samples.add(1, "corpus", [hash_text("b")], 1.0)
    store.audit_samples.add(1, "teacher", [hash_text("a"), hash_text("b")], 2.0)
    assert store.audit_samples.list_tasks_drawn_after(1, 1.0) == [(1, hash_text("a")), (3, hash_text("a"))]
    assert store.audit_samples.list_tasks_drawn_after(1, 2.0) == []
