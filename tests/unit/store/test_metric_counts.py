"""Counters for monitoring only ever grow, whatever becomes of what was counted."""

from __future__ import annotations

from fakes.clocks import HandClock
from fakes.reserving import reserve
from mraru.records import TeacherAnswer
from mraru.store.ledger.metric_counts import CallCounts
from mraru.store.projects.event_inbox import KEPT_S
from mraru.store.store import Store

SAID = {"label_config": "<View/>", "hostname": None, "access_token": None, "backend_url": None}


def count_calls(store: Store) -> CallCounts:
    (group,) = store.metrics.count().calls
    return group


def test_a_call_that_was_given_up_for_lost_has_failed_also_once_its_answer_came(store: Store) -> None:
    lost, whole = reserve(store.ledger, "lost"), reserve(store.ledger, "whole")
    store.ledger.settle(whole, TeacherAnswer(label="A", raw="A", cost_usd=0.1))
    store.ledger.forfeit(lost, "no answer in time")
    before = count_calls(store)
    assert (before.n_answered, before.n_forfeited) == (1, 1)
    store.ledger.settle(lost, TeacherAnswer(label="B", raw="B", cost_usd=0.1))
    after = count_calls(store)
    assert (after.n_answered, after.n_forfeited, after.n_calls) == (2, 1, 2)


def test_events_that_are_forgotten_still_count(store: Store, clock: HandClock) -> None:
    store.projects.connect(1, **SAID)
    for error in (None, "could not be read", None, "could not be read"):
        store.events.add(1, action="NEW", payload="{}", is_trusted=True)
        (event,) = store.events.list_open(1)
        store.events.close(event.event_id, error)
        clock.now += KEPT_S + 1.0
        store.events.forget_done()
    store.events.add(1, action="OPEN", payload="{}", is_trusted=True)
    counts = store.metrics.count()
    assert (counts.events, counts.events_waiting, counts.events_unreadable) == ({1: 5}, {1: 1}, {1: 2})
