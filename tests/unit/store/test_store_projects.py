from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import event

from fakes.clocks import HandClock
from mraru.errors import ProjectReplaced
from mraru.records import ProjectDescription
from mraru.store.projects.event_inbox import KEPT_S
from mraru.store.projects.project_repository import ProgressPhase, Project, ProjectState
from mraru.store.projects.project_warnings import ProjectWarning, WarningLevel
from mraru.store.store import Store

SAID = {"label_config": "<View/>", "hostname": "http://ls", "access_token": "token-1", "backend_url": "http://us"}
DESCRIPTION = ProjectDescription(
    project_id=1,
    title="News",
    instruction="Choose.",
    label_config="<View/>",
    created_at="2026-11-24T08:00:00Z",
    model_version=None,
    sampling="Sequential sampling",
)


def known(store: Store, project_id: int = 1) -> Project:
    project = store.projects.get(project_id)
    assert project is not None
    return project


def test_a_project_is_new_once(store: Store) -> None:
    assert store.projects.connect(1, **SAID)
    assert not store.projects.connect(1, **SAID)
    assert not store.projects.connect(1, **{**SAID, "label_config": "<View></View>"})
    assert store.projects.connect(2, **SAID)
    assert [project.project_id for project in store.projects.list_all()] == [1, 2]


def test_a_new_project_waits_for_somebody_to_start_it(store: Store) -> None:
    store.projects.connect(1, **SAID)
    project = known(store)
    assert (project.state, project.phase, project.is_sync_due) == (ProjectState.CONNECTED, ProgressPhase.IDLE, True)
    assert (project.is_seeded, project.served_version) == (False, None)


CHANGING = [name for name in SAID if name != "label_config"]


def test_the_label_config_of_a_known_project_is_left_to_the_sync(store: Store) -> None:
    store.projects.connect(1, **SAID)
    store.projects.connect(1, **{**SAID, "label_config": "another"})
    assert known(store).label_config == SAID["label_config"]


@pytest.mark.parametrize("changed", [{}, *({name: "another"} for name in CHANGING)], ids=["nothing", *CHANGING])
def test_connecting_writes_only_what_changed(store: Store, changed: dict[str, str]) -> None:
    store.projects.connect(1, **SAID)
    n_writes = 0

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal n_writes
        n_writes += not statement.startswith(("SELECT", "BEGIN"))

    event.listen(store.database._engine, "before_cursor_execute", count)
    store.projects.connect(1, **{**SAID, **changed})
    assert n_writes == len(changed)
    for name, value in {**SAID, **changed}.items():
        assert getattr(known(store), name) == value


def test_connecting_again_leaves_the_work_as_it_stands(store: Store) -> None:
    store.projects.connect(1, **SAID)
    store.projects.start(1)
    store.projects.set_state(1, ProjectState.STOPPED, "the budget is spent")
    store.projects.set_served(1, "mraru", 3)
    store.projects.connect(1, **{**SAID, "access_token": "token-2"})
    project = known(store)
    assert (project.state, project.reason) == (ProjectState.STOPPED, "the budget is spent")
    assert (project.served_version, project.served_round) == ("mraru", 3)


def test_a_description_is_taken_over(store: Store) -> None:
    store.projects.connect(1, **SAID)
    store.projects.describe(DESCRIPTION)
    project = known(store)
    assert (project.title, project.instruction, project.created_at) == ("News", "Choose.", "2026-11-24T08:00:00Z")
    assert project.access_token == "token-1"


def test_another_project_of_the_same_number_is_refused(store: Store) -> None:
    store.projects.describe(DESCRIPTION)
    store.projects.describe(DESCRIPTION)
    other = ProjectDescription(
        project_id=1,
        title="Other",
        instruction="",
        label_config="",
        created_at="2026-11-25T08:00:00Z",
        model_version=None,
        sampling="",
    )
    with pytest.raises(ProjectReplaced, match="MODEL_DIR"):
        store.projects.describe(other)
    assert known(store).title == "News"


@pytest.mark.parametrize("created_at", ["", "2026-11-24T09:00:00+01:00", "2026-11-24T08:00:00.000000Z"])
def test_the_same_moment_told_otherwise_or_not_at_all_is_the_same_project(store: Store, created_at: str) -> None:
    store.projects.describe(DESCRIPTION)
    store.projects.describe(replace(DESCRIPTION, title="Renamed", created_at=created_at))
    assert known(store).title == "Renamed"
    assert known(store).created_at  # what is not told is not forgotten


def test_a_project_never_shows_its_token(store: Store) -> None:
    store.projects.connect(1, **SAID)
    assert known(store).access_token == "token-1"
    for shown in (repr(known(store)), str(known(store)), f"{store.projects.list_all()}"):
        assert "token-1" not in shown


def test_state_progress_and_marks_are_kept(store: Store) -> None:
    store.projects.connect(1, **SAID)
    store.projects.connect(2, **SAID)
    store.projects.start(1)
    store.projects.set_state(1, ProjectState.PAUSED, "no answer", retry_at=5.0)
    store.projects.set_progress(1, ProgressPhase.ASKING, 3, 25)
    store.projects.set_seeded(1)
    store.projects.set_wanted(1, True)
    store.projects.set_webhook_secured(1)
    project = known(store)
    assert (project.state, project.reason, project.retry_at) == (ProjectState.PAUSED, "no answer", 5.0)
    assert (project.phase, project.n_done, project.n_total) == (ProgressPhase.ASKING, 3, 25)
    assert (project.is_seeded, project.is_wanted, project.is_webhook_secured) == (True, True, True)
    other = known(store, 2)
    assert (other.state, other.phase, other.is_wanted) == (ProjectState.CONNECTED, ProgressPhase.IDLE, False)
    store.projects.set_state(1, ProjectState.RUNNING)
    assert (known(store).reason, known(store).retry_at) == ("", None)


def test_a_project_that_was_stopped_stays_so_until_it_is_started(store: Store) -> None:
    store.projects.connect(1, **SAID)
    store.projects.start(1)
    store.projects.begin_sync(1, 1.0)
    store.projects.await_start(1)
    store.projects.set_state(1, ProjectState.RUNNING, "a loop that has not heard of it")
    assert (known(store).state, known(store).reason) == (ProjectState.CONNECTED, "")
    store.projects.start(1)
    assert (known(store).state, known(store).is_sync_due) == (ProjectState.RUNNING, True)


def test_a_sync_that_is_asked_for_while_one_runs_counts_again(store: Store) -> None:
    store.projects.connect(1, **SAID)
    store.projects.begin_sync(1, 7.0)
    assert (known(store).is_sync_due, known(store).synced_at) == (False, 7.0)
    store.projects.request_sync(1)
    assert known(store).is_sync_due


def test_a_warning_stands_once_until_it_is_withdrawn(store: Store) -> None:
    store.warnings.note(1, "unnamed", "Nobody named Sport.", 1.0)
    store.warnings.note(1, "other", "Something else.", 2.0)
    store.warnings.note(1, "unnamed", "Nobody named Sport or Tech.", 3.0)
    store.warnings.note(2, "unnamed", "Of another project.", 1.0)
    assert store.warnings.list_all(1) == [
        ProjectWarning(code="other", message="Something else."),
        ProjectWarning(code="unnamed", message="Nobody named Sport or Tech."),
    ]
    store.warnings.withdraw(1, "unnamed")
    assert [warning.code for warning in store.warnings.list_all(1)] == ["other"]
    assert len(store.warnings.list_all(2)) == 1


def test_a_warning_has_a_level_and_a_remedy(store: Store) -> None:
    store.warnings.note(1, "starving", "It accepts nothing.", 1.0)
    store.warnings.note(1, "starving", "It accepts nothing.", 2.0, level=WarningLevel.ERROR, remedy="Calibrate it.")
    (warning,) = store.warnings.list_all(1)
    assert (warning.level, warning.remedy) == (WarningLevel.ERROR, "Calibrate it.")


def test_events_wait_in_the_order_of_arrival(store: Store) -> None:
    for project_id in (1, 2):
        store.projects.connect(project_id, **SAID)
    for action in ("FIRST", "SECOND"):
        store.events.add(1, action=action, payload=json.dumps({"action": action}), is_trusted=action == "FIRST")
    store.events.add(2, action="OTHER", payload="{}", is_trusted=False)
    waiting = store.events.list_open(1)
    assert [(waits.action, waits.is_trusted, waits.payload) for waits in waiting] == [
        ("FIRST", True, '{"action": "FIRST"}'),
        ("SECOND", False, '{"action": "SECOND"}'),
    ]
    assert [store.events.has_open(project_id) for project_id in (1, 2, 3)] == [True, True, False]
    assert store.events.count_open() == 3


def test_a_payload_is_emptied_after_success_and_kept_after_a_failure(store: Store, clock: HandClock) -> None:
    store.projects.connect(1, **SAID)
    for action in ("GOOD", "BAD"):
        store.events.add(1, action=action, payload=f'{{"text": "{action}"}}', is_trusted=True)
    good, bad = store.events.list_open(1)
    store.events.close(good.event_id)
    store.events.close(bad.event_id, error="could not be read")
    assert store.events.list_open(1) == []
    assert not any(store.events.has_open(project_id) for project_id in (1, 2))
    with store.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT payload, error, received_at, done_at FROM events ORDER BY event_id")
        assert [tuple(row) for row in rows] == [
            ("", None, clock(), clock()),
            ('{"text": "BAD"}', "could not be read", clock(), clock()),
        ]


def test_events_that_were_dealt_with_long_ago_are_forgotten_and_open_ones_never(store: Store, clock: HandClock) -> None:
    store.projects.connect(1, **SAID)
    for action in ("OLD", "NEW", "OPEN"):
        store.events.add(1, action=action, payload="{}", is_trusted=True)
    old, new, still_open = store.events.list_open(1)
    store.events.close(old.event_id)
    clock.now += KEPT_S
    store.events.close(new.event_id)
    assert store.events.forget_done() == 0
    clock.now += 1.0
    assert (store.events.forget_done(), store.events.forget_done(), store.events.count_all()) == (1, 0, 2)
    assert store.events.list_open(1) == [still_open]
