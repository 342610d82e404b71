from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.clocks import HandClock
from mraru.records import Annotation, TeacherIdentity
from mraru.store.due_projects import DueProject
from mraru.store.projects.project_repository import ProjectState
from mraru.store.store import Store

HOUR_S = 3600.0
IDENTITY = TeacherIdentity(model="m", prompt_version="p", server="s")


@pytest.fixture(autouse=True)
def _resting(store: Store, clock: HandClock) -> None:
    """Project 1 has stopped, project 2 was never started; neither has anything to do."""
    for project_id in (1, 2):
        store.projects.connect(project_id, label_config="", hostname=None, access_token=None, backend_url=None)
    store.projects.start(1)
    store.projects.begin_sync(1, clock())
    store.projects.set_state(1, ProjectState.STOPPED)
    for project_id in (1, 2):
        store.due_projects.note(project_id, None)


def due(store: Store, clock: HandClock) -> list[int]:
    return [found.project_id for found in store.due_projects.list_due(clock(), HOUR_S)]


def correct(store: Store) -> None:
    annotation = Annotation(
        annotation_id=1, task_id=1, label="a", completed_by=1, lead_time_s=1.0, updated_at="2026-01-01T00:00:00Z"
    )
    store.annotations.save(1, [annotation], 1.0)


def open_job(store: Store) -> None:
    store.batch_jobs.open(2, round_number=1, identity=IDENTITY, at=1.0)


COMES: dict[str, tuple[int, Callable[[Store], object]]] = {
    "start": (1, lambda store: store.projects.start(1)),
    "sync": (1, lambda store: store.projects.request_sync(1)),
    "correction": (1, correct),
    "event": (1, lambda store: store.events.add(1, action="a", payload="{}", is_trusted=True)),
    "event of one that nobody started": (
        2,
        lambda store: store.events.add(2, action="START_TRAINING", payload="{}", is_trusted=False),
    ),
    "found busy": (1, lambda store: store.projects.set_wanted(1, True)),
    "start asked for": (2, lambda store: store.projects.ask_start(2, 1.0)),
    "batch job": (2, open_job),
    "more at once": (1, lambda store: store.due_projects.note(1, 0.0)),
}


def test_projects_that_rest_are_not_due(store: Store, clock: HandClock) -> None:
    assert due(store, clock) == []


@pytest.mark.parametrize(("project_id", "come"), COMES.values(), ids=COMES)
def test_whatever_comes_makes_its_project_due(
    store: Store, clock: HandClock, project_id: int, come: Callable[[Store], object]
) -> None:
    come(store)
    assert due(store, clock) == [project_id]


def test_a_project_is_due_when_its_time_has_come(store: Store, clock: HandClock) -> None:
    store.due_projects.note(1, clock() + 5.0)
    assert due(store, clock) == []
    clock.advance(5.0)
    assert due(store, clock) == [1]


def test_a_started_project_is_to_be_read_again_after_a_while(store: Store, clock: HandClock) -> None:
    clock.advance(HOUR_S)
    assert due(store, clock) == []
    clock.advance(1.0)
    assert store.due_projects.list_due(clock(), HOUR_S) == [DueProject(project_id=1, is_to_be_read=True)]


def test_of_a_store_of_before_every_started_project_is_due(store: Store, clock: HandClock) -> None:
    store.projects.connect(3, label_config="", hostname=None, access_token=None, backend_url=None)
    store.projects.start(3)
    store.projects.begin_sync(3, clock())
    project = store.projects.get(3)
    assert project is not None
    assert project.again_at == 0.0
    assert due(store, clock) == [3]
