"""A clock that is set back by a day: nothing waits for the day to pass."""

from __future__ import annotations

import pytest

from fakes.clocks import HandClock
from mraru.budget_records import Budget
from mraru.errors import AlreadyAsked, ProjectBusy
from mraru.records import TeacherIdentity
from mraru.store.projects import leases as leases_module
from mraru.store.store import Store

DAY_S = 86_400.0
RECONCILE_S = 3600.0
IDENTITY = TeacherIdentity(model="m", prompt_version="p")


@pytest.fixture
def started(store: Store, clock: HandClock) -> Store:
    store.projects.connect(1, label_config="<View/>", hostname="h", access_token="t", backend_url="b")
    store.projects.start(1)
    store.projects.begin_sync(1, clock())
    store.due_projects.note(1, None)
    return store


def due(store: Store, clock: HandClock) -> list[int]:
    return [row.project_id for row in store.due_projects.list_due(clock(), RECONCILE_S)]


def ask(store: Store) -> int:
    return store.ledger.reserve(
        project_id=1,
        identity=IDENTITY,
        text_hash="h",
        cost_bound_usd=0.5,
        tokens_bound=20,
        budget=Budget(max_calls=9, max_cost_usd=9.0),
    )


def test_what_was_to_be_done_in_a_minute_is_looked_at_at_once(started: Store, clock: HandClock) -> None:
    started.due_projects.note(1, clock() + 60.0)
    assert due(started, clock) == []
    clock.advance(-DAY_S)
    started.projects.begin_sync(1, clock())
    assert due(started, clock) == [1]


def test_a_project_that_was_read_in_the_future_is_read_again(started: Store, clock: HandClock) -> None:
    assert due(started, clock) == []
    clock.advance(-DAY_S)
    (row,) = started.due_projects.list_due(clock(), RECONCILE_S)
    assert row.is_to_be_read


def test_a_lease_of_another_machine_ends_though_it_seems_to_last_a_day(
    started: Store, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(leases_module, "name_holder", lambda: "elsewhere:1:0-tag")
        held = started.leases.hold(1)
        held.__enter__()
    with pytest.raises(ProjectBusy), started.leases.hold(1):
        pass
    clock.advance(-DAY_S)
    with started.leases.hold(1):
        pass
    held.__exit__(None, None, None)


def test_a_lease_of_a_process_that_is_alive_here_holds_whatever_the_clock_says(
    started: Store, clock: HandClock
) -> None:
    with started.leases.hold(1):
        clock.advance(-DAY_S)
        with pytest.raises(ProjectBusy), started.leases.hold(1):
            pass


def test_a_call_that_was_begun_in_the_future_counts_as_lost(started: Store, clock: HandClock) -> None:
    ask(started)
    with pytest.raises(AlreadyAsked):
        ask(started)
    assert started.ledger.is_under_way(IDENTITY, "h")
    clock.advance(-DAY_S)
    assert not started.ledger.is_under_way(IDENTITY, "h")
    ask(started)
    assert started.ledger.spending(1).n_calls == 2  # the first may have been billed
