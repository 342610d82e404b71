from __future__ import annotations

import pytest

from mraru.store.projects.project_repository import PAUSED_BY_PERSON, ROUNDS_DONE, Project, ProjectState
from mraru.store.projects.round_repository import RoundKind, RoundStep
from mraru.store.store import Store


@pytest.fixture
def started(store: Store) -> Store:
    for project_id in (1, 2):
        store.projects.connect(project_id, label_config="", hostname=None, access_token=None, backend_url=None)
        store.projects.start(project_id)
    return store


def known(store: Store, project_id: int = 1) -> Project:
    project = store.projects.get(project_id)
    assert project is not None
    return project


def open_round(store: Store, kind: RoundKind, number: int = 1, step: RoundStep = RoundStep.ASKING) -> None:
    store.rounds.open(1, number=number, kind=kind, step=step, n_pool=9, selected=(), selection_end=None, at=1.0)


def test_a_pause_names_who_can_end_it_and_is_of_one_project(started: Store) -> None:
    assert started.projects.pause(1)
    project = known(started)
    assert (project.state, project.reason, project.retry_at) == (ProjectState.PAUSED, PAUSED_BY_PERSON, None)
    assert project.reason.startswith("paused by a person: start it")
    assert project.waits_for_people
    assert not project.may_ask
    assert known(started, 2).may_ask


@pytest.mark.parametrize("state", [ProjectState.RUNNING, ProjectState.STOPPED, ProjectState.PAUSED])
def test_nothing_that_the_loop_says_ends_a_pause(started: Store, state: ProjectState) -> None:
    started.projects.pause(1)
    started.projects.set_state(1, state, "what the loop says", 99.0)
    project = known(started)
    assert (project.state, project.reason, project.retry_at) == (ProjectState.PAUSED, PAUSED_BY_PERSON, None)
    started.projects.set_state(2, state, "what the loop says")
    assert known(started, 2).reason == "what the loop says"


def test_a_paused_project_that_fails_says_so_and_is_paused_again_when_it_is_mended(started: Store) -> None:
    started.projects.pause(1)
    started.projects.set_state(1, ProjectState.FAILED, "no such label")
    assert (known(started).state, known(started).reason) == (ProjectState.FAILED, "no such label")
    assert known(started).waits_for_people
    started.projects.set_state(1, ProjectState.RUNNING)
    assert (known(started).state, known(started).reason) == (ProjectState.PAUSED, PAUSED_BY_PERSON)


def test_starting_and_disconnecting_end_a_pause(started: Store) -> None:
    started.projects.pause(1)
    started.projects.start(1)
    assert (known(started).state, known(started).rounds_left) == (ProjectState.RUNNING, None)
    started.projects.pause(1)
    started.projects.disconnect(1)
    assert (known(started).state, known(started).rounds_left) == (ProjectState.DISCONNECTED, None)


def test_what_is_disconnected_stays_so_whatever_its_worker_says(started: Store) -> None:
    started.projects.disconnect(1)
    assert not started.projects.pause(1)
    for state in (ProjectState.RUNNING, ProjectState.PAUSED, ProjectState.FAILED):
        started.projects.set_state(1, state, "late")
    assert (known(started).state, known(started).is_started) == (ProjectState.DISCONNECTED, False)


def test_what_nobody_has_started_cannot_be_paused(started: Store) -> None:
    started.projects.await_start(1)
    assert not started.projects.pause(1)
    assert known(started).state is ProjectState.CONNECTED


@pytest.mark.parametrize("kind", [RoundKind.MRARU, RoundKind.RANDOM])
def test_after_the_round_that_was_asked_for_the_project_pauses(started: Store, kind: RoundKind) -> None:
    started.projects.start(1, n_rounds=1)
    open_round(started, kind)
    for step in (RoundStep.TRAINING, RoundStep.PUSHING):
        started.rounds.update(1, 1, step=step)
        assert (known(started).state, known(started).rounds_left) == (ProjectState.RUNNING, 1)
    started.rounds.update(1, 1, step=RoundStep.DONE)
    project = known(started)
    assert (project.state, project.reason, project.rounds_left) == (ProjectState.PAUSED, ROUNDS_DONE, 0)
    assert known(started, 2).state is ProjectState.RUNNING


@pytest.mark.parametrize("kind", [RoundKind.SEED, RoundKind.CORRECTIONS, RoundKind.BATCH_ANSWERS])
def test_rounds_that_are_not_sampled_do_not_count(started: Store, kind: RoundKind) -> None:
    started.projects.start(1, n_rounds=1)
    open_round(started, kind)
    started.rounds.update(1, 1, step=RoundStep.DONE)
    assert (known(started).state, known(started).rounds_left) == (ProjectState.RUNNING, 1)


def test_a_round_counts_once_also_when_its_end_is_written_down_again(started: Store) -> None:
    started.projects.start(1, n_rounds=3)
    open_round(started, RoundKind.MRARU)
    started.rounds.update(1, 1, step=RoundStep.DONE)
    started.rounds.update(1, 1, step=RoundStep.DONE, n_pushed=4)
    assert (known(started).state, known(started).rounds_left) == (ProjectState.RUNNING, 2)


def test_a_round_in_which_nothing_was_accepted_counts(started: Store) -> None:
    started.projects.start(1, n_rounds=1)
    open_round(started, RoundKind.MRARU, step=RoundStep.DONE)
    assert known(started).waits_for_people


def test_without_a_number_of_rounds_there_is_no_end(started: Store) -> None:
    open_round(started, RoundKind.MRARU)
    started.rounds.update(1, 1, step=RoundStep.DONE)
    assert (known(started).state, known(started).rounds_left) == (ProjectState.RUNNING, None)


def test_a_project_that_failed_in_its_last_round_shows_why(started: Store) -> None:
    started.projects.start(1, n_rounds=1)
    open_round(started, RoundKind.MRARU)
    started.projects.set_state(1, ProjectState.FAILED, "the key is refused")
    started.rounds.update(1, 1, step=RoundStep.DONE)
    project = known(started)
    assert (project.state, project.reason, project.rounds_left) == (ProjectState.FAILED, "the key is refused", 0)
