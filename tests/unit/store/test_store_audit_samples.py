from __future__ import annotations

from mraru.records import Prediction, TaskText, hash_text
from mraru.store.store import Store
from mraru.store.tasks.prediction_repository import RowState


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


def test_drawn_tasks_are_unmarked_until_their_prediction_of_that_version_says_so(store: Store) -> None:
    store.tasks.save(1, [TaskText(task_id=number, text=text) for number, text in enumerate("abac", start=1)])
    store.audit_samples.add(1, "corpus", [hash_text("b")], 1.0)
    store.audit_samples.add(1, "teacher", [hash_text("a"), hash_text("b")], 2.0)
    for task_id, version, mark in ((1, "mraru", "xcodex"), (2, "mraru", "other"), (3, "another", "xcodex")):
        store.predictions.add(
            1, [Prediction(task_id=task_id, label="s", score=0.5, model_version=version, marks=("label: s", mark))]
        )
    unmarked = [(2, hash_text("b")), (3, hash_text("a"))]
    assert store.audit_samples.list_unmarked_tasks(1, "mraru", "code") == unmarked
    assert store.audit_samples.list_unmarked_tasks(2, "mraru", "code") == []


def test_what_label_studio_is_about_to_keep_is_not_unmarked_yet(store: Store) -> None:
    store.tasks.save(1, [TaskText(task_id=1, text="a")])
    store.audit_samples.add(1, "corpus", [hash_text("a")], 1.0)
    answered = Prediction(task_id=1, label="s", score=0.5, model_version="mraru", marks=("other",))
    store.predictions.add(1, [answered], RowState.ANSWERED)
    assert store.audit_samples.list_unmarked_tasks(1, "mraru", "code") == []
