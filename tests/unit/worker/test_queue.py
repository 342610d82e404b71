"""The queue: one waiting job for each project, and who is woken each minute and after a restart."""

from __future__ import annotations

import stat
import threading

from fakes.clocks import HandClock
from fakes.loop_services import FakeLoopServices, known, queued
from fakes.services import connect
from fakes.sql_statements import seen_statements
from mraru.projects.project_context import Advance
from mraru.projects.syncing.corrections import MOST_EVENTS
from mraru.store.projects.project_repository import ProjectState
from mraru.worker.jobs import Jobs


def test_the_files_of_the_queue_are_for_its_owner_alone(jobs: Jobs, services: FakeLoopServices) -> None:
    jobs.wake(1)
    files = sorted(services.settings.model_dir.glob("jobs.sqlite3*"))
    assert files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_job_of_one_process_is_seen_by_another(jobs: Jobs, services: FakeLoopServices) -> None:
    other = Jobs(services)
    other.wake(1)
    assert queued(jobs) == [1]
    other.huey.storage.close()


def test_a_flood_of_events_puts_one_job_into_the_queue_behind_those_of_other_projects(
    jobs: Jobs, services: FakeLoopServices
) -> None:
    other = Jobs(services)  # as in another process
    for _ in range(100):
        jobs.wake(1)
        other.wake(1)
    jobs.wake(2)
    assert queued(jobs) == [1, 2]
    assert jobs.huey.dequeue().args == (1,)
    other.wake(1)
    assert queued(jobs) == [2, 1]
    other.huey.storage.close()


def test_what_is_left_of_a_flood_waits_for_other_projects(jobs: Jobs, services: FakeLoopServices) -> None:
    for _ in range(MOST_EVENTS + 1):
        services.store.events.add(1, action="TASKS_CREATED", payload="{}", is_trusted=False)
    jobs.wake(2)
    jobs.work(1)
    assert services.store.events.count_open() == 1
    assert queued(jobs) == [2, 1]
    assert services.advanced == [1]  # its own rounds go on, too
    jobs.work(1)
    assert services.store.events.count_open() == 0


def test_a_flood_has_permission_looked_for_once_in_a_while(jobs: Jobs, services: FakeLoopServices) -> None:
    for _ in range(3):
        jobs._wake_later(1)
        jobs._wake_later(2)
    assert queued(jobs) == [1, 2]
    for _ in range(2):
        jobs.huey.dequeue().execute()  # as if the time had come
    assert queued(jobs) == [1, 2]


def test_all_but_projects_that_nobody_started_are_looked_after(
    jobs: Jobs, services: FakeLoopServices, clock: HandClock
) -> None:
    states = (ProjectState.CONNECTED, ProjectState.PAUSED, ProjectState.STOPPED, ProjectState.FAILED)
    for project_id, state in enumerate(states, start=2):
        connect(services, project_id)
        if state is not ProjectState.CONNECTED:
            services.store.projects.start(project_id)
            services.store.projects.set_state(project_id, state)
    jobs.look_after_all()
    assert sorted(queued(jobs)) == [1, 3, 4, 5]


def test_projects_that_rest_cost_one_question_a_minute(
    jobs: Jobs, services: FakeLoopServices, clock: HandClock
) -> None:
    states = (ProjectState.PAUSED, ProjectState.STOPPED, ProjectState.FAILED, ProjectState.RUNNING)
    for project_id, state in enumerate(states, start=1):
        connect(services, project_id)
        services.store.projects.start(project_id)
        services.store.projects.begin_sync(project_id, clock())
        services.store.projects.set_state(project_id, state)
        services.store.due_projects.note(project_id, None)
    with seen_statements() as said:
        jobs.look_after_all()
    assert queued(jobs) == []
    assert [statement.split()[0] for statement in said] == ["BEGIN", "SELECT"]


def test_what_failed_beside_the_loop_is_tried_again(jobs: Jobs, services: FakeLoopServices) -> None:
    def fail() -> Advance:
        raise RuntimeError

    services.store.projects.begin_sync(1, services.clock())
    services.store.due_projects.note(1, None)
    services.next_advance = fail
    jobs.work(1)
    jobs.look_after_all()
    assert queued(jobs) == [1]


def test_a_sync_is_due_once_reconciliation_is(jobs: Jobs, services: FakeLoopServices, clock: HandClock) -> None:
    services.store.projects.begin_sync(1, clock())
    clock.advance(services.settings.reconcile_every_s)
    jobs.look_after_all()
    assert not known(services).is_sync_due
    clock.advance(1.0)
    jobs.look_after_all()
    assert known(services).is_sync_due
    assert queued(jobs) == [1]


def test_after_a_restart_every_project_goes_on_with_a_sync(jobs: Jobs, services: FakeLoopServices) -> None:
    connect(services, 2)
    for project_id in (1, 2):
        services.store.projects.begin_sync(project_id, 1.0)
    left_behind = services.store.leases.hold(1)
    crashed = threading.Thread(target=left_behind.__enter__)  # the number of its process is ours again
    crashed.start()
    crashed.join()
    jobs.resume_all()
    assert queued(jobs) == [1, 2]
    assert known(services, 1).is_sync_due
    assert known(services, 2).is_sync_due
    jobs.work(1)
    assert services.advanced == [1]
    left_behind.__exit__(None, None, None)
