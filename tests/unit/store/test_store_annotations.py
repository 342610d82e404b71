from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.clocks import HandClock
from mraru.records import Annotation, TaskText, hash_text
from mraru.store.store import Store

GOLD = Annotation(
    annotation_id=5,
    task_id=1,
    label="A",
    completed_by=2,
    parent_prediction=9,
    lead_time_s=1.5,
    updated_at="2026-11-24T10:00:00.000000Z",
)


@pytest.fixture(autouse=True)
def projects(store: Store) -> None:
    """Two projects with a task of the same number, and the same text."""
    for project_id in (1, 2):
        store.projects.connect(project_id, label_config="", hostname=None, access_token=None, backend_url=None)
        store.tasks.save(project_id, [TaskText(task_id=1, text="one"), TaskText(task_id=2, text="two")])


def n_corrections(store: Store, project_id: int = 1) -> int:
    project = store.projects.get(project_id)
    assert project is not None
    return project.n_corrections


def kept(store: Store, project_id: int = 1) -> list[Annotation]:
    return [annotation for listed in store.annotations.list_by_text(project_id).values() for annotation in listed]


def test_an_annotation_comes_back_as_it_was_saved(store: Store) -> None:
    store.annotations.save(1, [GOLD], 10.0)
    assert store.annotations.list_by_text(1) == {hash_text("one"): [GOLD]}


def test_a_new_label_counts_once_and_says_when(store: Store) -> None:
    assert store.annotations.save(1, [GOLD], 10.0) == 1
    project = store.projects.get(1)
    assert project is not None
    assert (project.n_corrections, project.last_correction_at) == (1, 10.0)


@pytest.mark.parametrize(
    ("changed", "n_changed"),
    [
        ({}, 0),
        ({"lead_time_s": 99.0}, 0),
        ({"label": "B"}, 1),
        ({"label": None}, 1),
        ({"was_cancelled": True}, 1),
        ({"is_human": False}, 1),
        ({"is_ground_truth": True}, 1),
    ],
    ids=["the same again", "slower", "another label", "no label", "skipped", "not a person's", "starred"],
)
def test_a_change_counts_only_where_gold_changes(store: Store, changed: dict[str, object], n_changed: int) -> None:
    store.annotations.save(1, [GOLD], 10.0)
    assert store.annotations.save(1, [replace(GOLD, **changed)], 20.0) == n_changed  # type: ignore[arg-type]
    assert n_corrections(store) == 1 + n_changed


def test_a_star_set_and_taken_back_counts_one_each_and_nothing_where_there_is_no_label(store: Store) -> None:
    starred = replace(GOLD, is_ground_truth=True)
    store.annotations.save(1, [starred], 10.0)
    assert kept(store) == [starred]
    assert store.annotations.save(1, [GOLD], 20.0) == 1
    store.annotations.save(1, [replace(GOLD, was_cancelled=True)], 30.0)
    assert store.annotations.save(1, [replace(GOLD, was_cancelled=True, is_ground_truth=True)], 40.0) == 0


def test_skipping_and_taking_the_skip_back_count_one_each(store: Store) -> None:
    skipped = replace(GOLD, was_cancelled=True)
    assert store.annotations.save(1, [skipped], 10.0) == 0  # nothing was gold
    assert store.annotations.save(1, [GOLD], 20.0) == 1
    assert store.annotations.save(1, [skipped], 30.0) == 1
    assert n_corrections(store) == 2


def test_what_no_person_said_never_counts(store: Store) -> None:
    made = replace(GOLD, is_human=False)
    assert store.annotations.save(1, [made], 10.0) == 0
    assert store.annotations.save(1, [replace(made, label="B")], 20.0) == 0
    assert store.annotations.remove(1, [5], 30.0) == 0
    assert n_corrections(store) == 0


def test_a_deletion_counts_once(store: Store) -> None:
    store.annotations.save(1, [GOLD], 10.0)
    assert store.annotations.remove(1, [5, 5, 77], 20.0) == 1
    assert store.annotations.remove(1, [5], 30.0) == 0
    assert n_corrections(store) == 2
    assert kept(store) == []


def test_an_older_message_that_arrives_late_changes_nothing(store: Store) -> None:
    newer = replace(GOLD, label="B", updated_at="2026-11-24T10:00:01.000000Z")
    store.annotations.save(1, [newer], 10.0)
    assert store.annotations.save(1, [GOLD], 20.0) == 0
    assert kept(store) == [newer]
    assert n_corrections(store) == 1


def test_a_list_takes_the_place_of_what_was_known(store: Store) -> None:
    stays, goes = replace(GOLD, annotation_id=6), replace(GOLD, annotation_id=7, task_id=2)
    store.annotations.save(1, [stays, goes], 10.0)
    fresh = replace(GOLD, annotation_id=8, task_id=2, label="B")
    assert store.annotations.replace_all(1, [stays, fresh], 20.0) == 2  # one came, one went
    assert kept(store) == [stays, fresh]


def test_a_list_of_many_is_taken_over_whole(store: Store) -> None:
    listed = [replace(GOLD, annotation_id=number) for number in range(1, 502)]  # more than two slices
    assert store.annotations.replace_all(1, listed, 10.0) == 501
    assert kept(store) == listed
    assert store.annotations.replace_all(1, listed[:1], 20.0) == 500
    assert (kept(store), n_corrections(store)) == (listed[:1], 1001)


def test_what_came_after_the_listing_stays(store: Store) -> None:
    store.annotations.save(1, [GOLD], 25.0)
    assert store.annotations.replace_all(1, [], 20.0) == 0
    assert kept(store) == [GOLD]
    assert store.annotations.replace_all(1, [], 30.0) == 1
    assert kept(store) == []


def test_a_change_that_came_after_the_listing_is_not_undone_by_it(store: Store) -> None:
    newer = replace(GOLD, label="B", updated_at="2026-11-24T10:00:01.000000Z")
    store.annotations.save(1, [newer], 25.0)
    assert store.annotations.replace_all(1, [GOLD], 20.0) == 0
    assert kept(store) == [newer]


def test_no_project_sees_or_changes_the_annotations_of_another(store: Store) -> None:
    store.annotations.save(1, [GOLD], 10.0)
    assert store.annotations.save(2, [replace(GOLD, label="B")], 10.0) == 1
    assert store.annotations.replace_all(2, [], 20.0) == 1
    assert store.annotations.remove(2, [5], 20.0) == 0
    assert kept(store, 1) == [GOLD]
    assert kept(store, 2) == []
    assert (n_corrections(store, 1), n_corrections(store, 2)) == (1, 2)
    assert (store.annotations.count(1), store.annotations.count(2)) == (1, 0)


def test_an_annotation_of_a_task_without_text_waits_for_the_task(store: Store) -> None:
    store.annotations.save(1, [replace(GOLD, task_id=3)], 10.0)
    assert kept(store) == []
    store.tasks.save(1, [TaskText(task_id=3, text="three")])
    assert store.annotations.list_by_text(1).keys() == {hash_text("three")}


def test_trained_corrections_are_forgotten_and_later_ones_still_count(store: Store, clock: HandClock) -> None:
    store.annotations.save(1, [GOLD, replace(GOLD, annotation_id=6)], clock())
    store.annotations.save(1, [replace(GOLD, annotation_id=7)], clock())
    store.projects.forget_corrections(1, 2)
    assert n_corrections(store) == 1


def test_what_a_machine_made_stays_so_when_its_prediction_is_deleted_until_a_person_saves_it(store: Store) -> None:
    made = Annotation(
        annotation_id=1, task_id=1, label="A", is_human=False, parent_prediction=5, updated_at="2026-01-01T00:00:00Z"
    )
    store.annotations.save(1, [made], 1.0)
    orphaned = replace(made, is_human=True, parent_prediction=None)  # as Label Studio then gives it
    assert store.annotations.save(1, [orphaned], 2.0) == 0
    assert store.annotations.replace_all(1, [orphaned], 3.0) == 0
    assert store.annotations.save(1, [replace(orphaned, updated_at="2026-01-02T00:00:00Z")], 4.0) == 1
