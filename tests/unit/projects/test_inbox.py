"""The inbox of webhooks when several deal with it at the same time: each event once, in the order of arrival."""

from __future__ import annotations

import json
import threading

import pytest

from fakes.annotation_events import make_annotation
from fakes.clocks import HandClock
from fakes.services import LABEL_CONFIG
from mraru.projects.syncing.corrections import EVENTS_AT_ONCE, MOST_EVENTS, handle_inbox
from mraru.store.store import Store

PROJECT = 1
N_THREADS = 4
N_EVENTS = 60
WAIT_S = 60.0  # seconds; nothing takes so long unless it hangs


@pytest.fixture(autouse=True)
def _connected(store: Store) -> None:
    store.projects.connect(PROJECT, label_config=LABEL_CONFIG, hostname=None, access_token=None, backend_url=None)
    store.projects.start(PROJECT)
    store.projects.begin_sync(PROJECT, 1.0)


def send(store: Store, action: str, **fields: object) -> None:
    payload = {"action": action, "project": {"id": PROJECT, "label_config": LABEL_CONFIG, "created_at": ""}, **fields}
    store.events.add(PROJECT, action=action, payload=json.dumps(payload), is_trusted=True)


def send_created(store: Store, annotation_id: int) -> None:
    task = {"id": annotation_id, "data": {"text": f"text {annotation_id}"}}
    annotation = make_annotation("s", annotation_id, annotation_id)
    send(store, "ANNOTATION_CREATED", annotation=annotation, task=task)


def test_each_event_of_a_flood_is_applied_once_whoever_deals_with_it(store: Store) -> None:
    for annotation_id in range(1, N_EVENTS + 1):
        send_created(store, annotation_id)
    begin = threading.Barrier(N_THREADS)
    applied: list[float] = []

    def clock() -> float:
        applied.append(1.0)  # the clock is asked once for each application
        return 1.0

    def deal_with_it() -> None:
        begin.wait(WAIT_S)
        handle_inbox(store, PROJECT, clock)

    threads = [threading.Thread(target=deal_with_it) for _ in range(N_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert len(applied) == N_EVENTS
    assert (store.annotations.count(PROJECT), store.events.count_open()) == (N_EVENTS, 0)


def test_a_deleted_annotation_does_not_come_back_when_two_deal_with_the_inbox(store: Store, clock: HandClock) -> None:
    send_created(store, 5)

    def delete() -> None:
        send(store, "ANNOTATIONS_DELETED", annotations=[{"id": 5}])
        handle_inbox(store, PROJECT, clock)

    other = threading.Thread(target=delete)

    def delete_meanwhile() -> float:
        other.start()
        other.join(0.5)  # it has to wait until this one is done, so this is over before it ends
        return clock()

    handle_inbox(store, PROJECT, delete_meanwhile)
    other.join(WAIT_S)
    assert store.events.count_open() == 0
    assert store.annotations.count(PROJECT) == 0


def test_nothing_stays_of_an_event_that_fails_half_way_and_those_behind_it_are_applied(
    store: Store, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = store.annotations.remove

    def fail_half_way(*arguments: object) -> int:
        real(*arguments)  # type: ignore[arg-type]
        raise ValueError("half-way")

    send_created(store, 5)
    handle_inbox(store, PROJECT, clock)
    monkeypatch.setattr(store.annotations, "remove", fail_half_way)
    send(store, "ANNOTATIONS_DELETED", annotations=[{"id": 5}])
    send_created(store, 6)
    handle_inbox(store, PROJECT, clock)
    assert store.annotations.count(PROJECT) == 2
    assert store.events.count_open() == 0
    project = store.projects.get(PROJECT)
    assert project is not None
    assert project.is_sync_due


def test_an_end_in_the_middle_leaves_events_as_they_were_or_applies_them(store: Store, clock: HandClock) -> None:
    for annotation_id in range(1, EVENTS_AT_ONCE + 6):
        send_created(store, annotation_id)
    n_looks = 0

    def end_in_the_middle() -> float:
        nonlocal n_looks
        n_looks += 1
        if n_looks == EVENTS_AT_ONCE + 3:
            raise KeyboardInterrupt
        return clock()

    with pytest.raises(KeyboardInterrupt):
        handle_inbox(store, PROJECT, end_in_the_middle)
    assert store.annotations.count(PROJECT) == EVENTS_AT_ONCE
    assert [event.event_id for event in store.events.list_open(PROJECT)] == list(
        range(EVENTS_AT_ONCE + 1, EVENTS_AT_ONCE + 6)
    )
    handle_inbox(store, PROJECT, clock)
    assert store.annotations.count(PROJECT) == EVENTS_AT_ONCE + 5


def test_an_inbox_is_dealt_with_up_to_a_number_at_a_time(store: Store, clock: HandClock) -> None:
    for annotation_id in range(1, MOST_EVENTS + 2):
        send_created(store, annotation_id)
    handle_inbox(store, PROJECT, clock)
    assert store.annotations.count(PROJECT) == MOST_EVENTS
    assert store.events.has_open(PROJECT)
    handle_inbox(store, PROJECT, clock)
    assert not store.events.has_open(PROJECT)


def test_an_annotation_that_cannot_be_read_keeps_none_of_those_around_it_from_being_applied(
    store: Store, clock: HandClock
) -> None:
    send_created(store, 5)
    send(store, "ANNOTATION_CREATED", annotation="nonsense")
    send_created(store, 6)
    handle_inbox(store, PROJECT, clock)
    assert (store.annotations.count(PROJECT), store.events.count_open()) == (2, 0)
    with store.database.read() as connection:
        errors = connection.exec_driver_sql("SELECT error FROM events ORDER BY event_id").scalars().all()
    assert [error is not None for error in errors] == [False, True, False]


def test_annotations_before_and_after_a_deletion_are_applied_in_their_order(store: Store, clock: HandClock) -> None:
    for annotation_id in (5, 6):
        send_created(store, annotation_id)
    send(store, "ANNOTATIONS_DELETED", annotations=[{"id": 5}])
    for annotation_id in (7, 8):
        send_created(store, annotation_id)
    handle_inbox(store, PROJECT, clock)
    assert store.annotations.count(PROJECT) == 3
