from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mraru.records import Annotation, Prediction, TaskText, hash_text
from mraru.store.store import Store
from mraru.store.tasks.prediction_repository import RowState

MANY = 1234  # more than two slices of any repository


def tasks_of(*texts: str) -> list[TaskText]:
    return [TaskText(task_id=number, text=text) for number, text in enumerate(texts, start=1)]


def pairs(*texts: tuple[int, str]) -> list[tuple[int, str]]:
    return [(task_id, hash_text(text)) for task_id, text in texts]


def save_vectors(store: Store, model: str, *texts: str) -> None:
    store.vectors.save_vectors(model, {hash_text(text): np.zeros(3, dtype=np.float32) for text in texts})


def test_tasks_are_saved_changed_and_removed(store: Store) -> None:
    store.tasks.save(1, tasks_of("one", "two", "three"))
    store.tasks.save(1, [TaskText(task_id=2, text="zwei")])
    store.tasks.remove(1, [3])
    assert store.tasks.list_open(1) == pairs((1, "one"), (2, "zwei"))
    assert store.tasks.load_texts(1, [hash_text("zwei"), hash_text("two")]) == {hash_text("zwei"): "zwei"}


@pytest.mark.parametrize("empty", ["", "  \n\t"])
def test_a_task_without_text_is_left_out_and_forgotten(store: Store, empty: str) -> None:
    store.tasks.save(1, tasks_of("one", empty))
    assert store.tasks.list_ids(1) == [1]
    store.tasks.save(1, tasks_of(empty))
    assert store.tasks.list_ids(1) == []


def test_a_task_takes_its_predictions_and_annotations_with_it(store: Store) -> None:
    store.tasks.save(1, tasks_of("one", "two"))
    for task_id in (1, 2):
        store.annotations.save(1, [Annotation(annotation_id=task_id, task_id=task_id, label="A")], 1.0)
        store.predictions.add(1, [Prediction(task_id=task_id, label="A", score=1.0, model_version="v")])
    store.tasks.remove(1, [1])
    assert (store.annotations.count(1), store.predictions.count(1)) == (1, 1)
    assert store.predictions.load(1, "v", [1, 2]).keys() == {2}


def test_tasks_that_label_studio_no_longer_has_are_forgotten(store: Store) -> None:
    store.tasks.save(1, tasks_of("one", "two", "three"))
    store.tasks.remove_all_but(1, [2, 99])
    assert store.tasks.list_ids(1) == [2]


def test_equal_texts_count_once(store: Store) -> None:
    store.tasks.save(1, tasks_of("same", "same", "other"))
    same, other = hash_text("same"), hash_text("other")
    assert (store.tasks.count(1), store.tasks.count_texts(1)) == (3, 2)
    assert store.tasks.list_text_hashes(1) == sorted([same, other])
    assert store.tasks.list_tasks_of(1, [same, other]) == {same: [1, 2], other: [3]}


def test_a_task_is_open_until_an_annotation_answers_it(store: Store) -> None:
    store.tasks.save(1, tasks_of("one", "two", "three"))
    store.annotations.save(
        1,
        [
            Annotation(annotation_id=1, task_id=1, label="A"),
            Annotation(annotation_id=2, task_id=2, label=None, was_cancelled=True),
        ],
        1.0,
    )
    assert store.tasks.list_open(1) == pairs((2, "two"), (3, "three"))
    store.annotations.save(1, [Annotation(annotation_id=3, task_id=2, label="A", is_human=False)], 2.0)
    assert store.tasks.list_open(1) == pairs((3, "three"))


def test_open_tasks_with_a_vector_are_those_of_this_model(store: Store) -> None:
    store.tasks.save(1, tasks_of("one", "two", "three"))
    save_vectors(store, "mini", "one", "two")
    save_vectors(store, "large", "three")
    store.annotations.save(1, [Annotation(annotation_id=1, task_id=1, label="A")], 1.0)
    assert store.tasks.list_open_with_vector(1, "mini") == pairs((2, "two"))
    assert store.tasks.count_embedded(1, "mini") == 2
    assert store.tasks.count_embedded(2, "mini") == 0


def test_open_tasks_are_new_outdated_or_neither(store: Store) -> None:
    store.tasks.save(1, tasks_of("one", "two", "three", "four", "five", "six"))
    store.predictions.add(1, [predicted(1, 0.1, 3), predicted(2, 0.9, 2), predicted(5, 0.4, 1), predicted(4, 0.1, 1)])
    store.predictions.add(1, [predicted(6, 0.5, 3)], RowState.STALE)
    store.predictions.add(1, [replace(predicted(3, 0.1, 3), model_version="an LLM")])
    store.predictions.add(2, [predicted(3, 0.1, 3)])
    store.annotations.save(1, [Annotation(annotation_id=1, task_id=4, label="A")], 1.0)
    assert store.tasks.list_unpredicted(1, "final") == pairs((3, "three"))
    assert store.tasks.list_outdated(1, "final", 3) == pairs((5, "five"), (6, "six"), (2, "two"))  # by score


def predicted(task_id: int, score: float, round_number: int) -> Prediction:
    return Prediction(task_id=task_id, label="A", score=score, model_version="final", round_number=round_number)


def test_the_prediction_of_a_text_that_was_changed_is_written_again_and_given_out_no_more(store: Store) -> None:
    store.tasks.save(1, tasks_of("one", "two"))
    store.predictions.add(1, [predicted(1, 0.1, 3), predicted(2, 0.2, 3)])
    assert store.tasks.save(1, tasks_of("one", "another")) == 1
    assert store.predictions.load(1, "final", [1, 2]).keys() == {1}
    assert store.tasks.list_outdated(1, "final", 3) == pairs((2, "another"))
    assert store.predictions.count_rows(1) == 2  # Label Studio still holds it


def test_a_text_that_was_emptied_leaves_its_prediction_in_label_studio(store: Store) -> None:
    store.tasks.save(1, tasks_of("one", "two"))
    store.predictions.add(1, [predicted(1, 0.1, 3), predicted(2, 0.2, 3)])
    store.tasks.save(1, tasks_of("one", " "))
    assert (store.tasks.list_ids(1), store.predictions.count_rows(1)) == ([1], 2)
    store.tasks.remove_all_but(1, [1])
    assert store.predictions.count_rows(1) == 1


def test_no_project_sees_the_tasks_of_another(store: Store) -> None:
    store.tasks.save(1, tasks_of("one"))
    store.tasks.save(2, tasks_of("zwei", "drei"))
    store.annotations.save(2, [Annotation(annotation_id=1, task_id=1, label="A")], 1.0)
    store.tasks.remove_all_but(2, [1])
    assert store.tasks.list_open(1) == pairs((1, "one"))
    assert store.tasks.list_open(2) == []
    assert store.tasks.load_texts(1, [hash_text("zwei")]) == {}
    assert store.tasks.list_tasks_of(1, [hash_text("zwei")]) == {}
    assert store.tasks.list_text_hashes(2) == [hash_text("zwei")]


def test_thousands_of_tasks_go_in_and_out_whole(store: Store) -> None:
    texts = [f"text {number}" for number in range(MANY)]
    hashes = [hash_text(text) for text in texts]
    store.tasks.save(1, tasks_of(*texts))
    assert store.tasks.load_texts(1, hashes) == dict(zip(hashes, texts, strict=True))
    assert sorted(task for tasks in store.tasks.list_tasks_of(1, hashes).values() for task in tasks) == list(
        range(1, MANY + 1)
    )
    store.tasks.remove_all_but(1, [MANY])
    assert store.tasks.list_ids(1) == [MANY]


def test_thousands_of_predictions_go_in_and_out_whole(store: Store) -> None:
    listed = [
        Prediction(task_id=number, label="A", score=number / MANY, model_version="v") for number in range(1, MANY + 1)
    ]
    store.predictions.add(1, listed)
    assert list(store.predictions.load(1, "v", range(1, MANY + 1)).values()) == listed
    assert store.predictions.count(1) == MANY


def test_thousands_of_vectors_go_in_and_out_whole(store: Store) -> None:
    vectors = {f"{number:032d}": np.array([number, 0.5], dtype=np.float32) for number in range(MANY)}
    store.vectors.save_vectors("mini", vectors)
    found = store.vectors.load_vectors("mini", [*vectors, "unknown"])
    assert found.keys() == vectors.keys()
    assert all(np.array_equal(found[name], vector) for name, vector in vectors.items())
    assert {vector.dtype for vector in found.values()} == {np.dtype(np.float32)}


def test_a_vector_belongs_to_its_model_and_is_kept_once(store: Store) -> None:
    first, second = np.array([1.0], dtype=np.float32), np.array([2.0], dtype=np.float32)
    store.vectors.save_vectors("mini", {"h": first})
    store.vectors.save_vectors("mini", {"h": second})
    assert store.vectors.load_vectors("mini", ["h"])["h"] == first
    assert store.vectors.load_vectors("large", ["h"]) == {}
    assert (store.vectors.count("mini"), store.vectors.count("large")) == (1, 0)


def test_hashes_of_a_range_come_sorted_and_once(store: Store) -> None:
    store.tasks.save(1, [TaskText(task_id=n, text=f"text {n % 50}") for n in range(1, 101)])
    hashes = store.tasks.list_text_hashes(1)
    assert len(hashes) == 50
    assert store.tasks.list_text_hashes_between(1, hashes[10], hashes[20]) == hashes[10:20]
    assert store.tasks.list_text_hashes_between(1, "0" * 32, "g") == hashes
    assert store.tasks.list_text_hashes_between(2, "0" * 32, "g") == []


def test_only_hashes_of_texts_that_tasks_have_are_kept(store: Store) -> None:
    store.tasks.save(1, [TaskText(task_id=n, text=f"text {n}") for n in range(1, 1101)])
    asked = [hash_text(f"text {n}") for n in range(600, 1700)]
    assert store.tasks.keep_present(1, asked) == {hash_text(f"text {n}") for n in range(600, 1101)}
    assert store.tasks.keep_present(2, asked) == set()


def test_a_task_is_open_until_as_many_people_as_its_overlap_have_labelled_it(store: Store) -> None:
    listed = [
        TaskText(task_id=task_id, text=f"text {task_id}", overlap=1 if task_id == 5 else 2) for task_id in range(1, 6)
    ]
    store.tasks.save(1, listed)
    by_task = {1: [7], 2: [7, 7], 3: [7, 8], 5: [7]}  # who labelled it
    people = [(task_id, person) for task_id, listed in by_task.items() for person in listed]
    for number, (task_id, person) in enumerate(people):
        store.annotations.save(
            1, [Annotation(annotation_id=number, task_id=task_id, label="A", completed_by=person)], 1.0
        )
    skipped = Annotation(annotation_id=99, task_id=4, label=None, was_cancelled=True, completed_by=8)
    store.annotations.save(1, [skipped], 1.0)
    assert [task_id for task_id, _ in store.tasks.list_open(1)] == [1, 2, 4]
    # one that was only skipped is begun as well: Label Studio gives it to others first
    assert [task_id for task_id, _ in store.tasks.list_begun(1)] == [1, 2, 4]


def test_the_overlap_of_a_known_task_changes(store: Store) -> None:
    store.tasks.save(1, tasks_of("one"))
    store.annotations.save(1, [Annotation(annotation_id=1, task_id=1, label="A", completed_by=7)], 1.0)
    assert store.tasks.list_open(1) == []
    assert store.tasks.save(1, [TaskText(task_id=1, text="one", overlap=2)]) == 0
    assert store.tasks.list_open(1) == store.tasks.list_begun(1) == pairs((1, "one"))
