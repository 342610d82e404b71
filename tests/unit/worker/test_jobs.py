from __future__ import annotations

import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.clocks import HandClock
from fakes.services import connect
from mraru.bootstrap import Services
from mraru.errors import LabelConfigError, SettingsError, WorkInterrupted
from mraru.loop.parts import Advance
from mraru.settings import load_settings
from mraru.store.projects import Project, ProjectState
from mraru.worker.jobs import Jobs

NOTHING = Advance()
MORE = Advance(more=True)
WAIT_S = 10.0  # seconds; nothing takes so long unless it hangs


class FakeLoop:
    """Does what a test says, and remembers of which project."""

    def __init__(self, project_id: int, services: FakeLoopServices) -> None:
        self._project_id = project_id
        self._services = services

    def advance(self) -> Advance:
        self._services.advanced.append(self._project_id)
        return self._services.next_advance()


class FakeLoopServices(Services):
    """Services whose loop a test decides; Label Studio is not there."""

    def __init__(self, folder: Path, clock: HandClock) -> None:
        super().__init__(load_settings(model_dir=folder, webhook_secret="a-secret"), clock)
        self.advanced: list[int] = []
        self.next_advance: Callable[[], Advance] = lambda: NOTHING

    def make_loop(self, *arguments: object, **named: object) -> FakeLoop:  # type: ignore[override]
        return FakeLoop(int(str(arguments[0])), self)

    def label_studio(self, project_id: int | None = None) -> object:  # type: ignore[override]
        raise SettingsError("no Label Studio in this test")


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[FakeLoopServices]:
    made = FakeLoopServices(tmp_path, clock)
    yield made
    made.store.close()


@pytest.fixture
def jobs(services: FakeLoopServices) -> Iterator[Jobs]:
    made = Jobs(services)
    connect(services)
    services.store.projects.start(1)
    services.store.projects.begin_sync(1, 1.0)
    yield made
    made.huey.storage.close()


def queued(jobs: Jobs) -> list[int]:
    """Projects of the jobs that stand in the queue."""
    return [task.args[0] for task in jobs.huey.pending()]


def known(services: Services, project_id: int = 1) -> Project:
    project = services.store.projects.get(project_id)
    assert project is not None
    return project


def test_a_woken_project_stands_in_the_queue_and_its_job_works_on_it(jobs: Jobs, services: FakeLoopServices) -> None:
    jobs.wake(1)
    assert queued(jobs) == [1]
    task = jobs.huey.dequeue()
    assert task is not None
    jobs.huey.execute(task)
    assert services.advanced == [1]


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


@pytest.mark.parametrize(("advance", "woken"), [(MORE, [1]), (NOTHING, []), (Advance(again_at=5.0), [])])
def test_a_project_is_woken_again_while_there_is_more(
    jobs: Jobs, services: FakeLoopServices, advance: Advance, woken: list[int]
) -> None:
    services.next_advance = lambda: advance
    jobs.work(1)
    assert queued(jobs) == woken


def test_an_unknown_project_is_left_alone(jobs: Jobs, services: FakeLoopServices) -> None:
    jobs.work(99)
    assert (services.advanced, queued(jobs)) == ([], [])


def test_who_finds_a_project_busy_leaves_word_and_does_nothing(jobs: Jobs, services: FakeLoopServices) -> None:
    with services.store.leases.hold(1):
        jobs.work(1)
    assert services.advanced == []
    assert queued(jobs) == []
    assert known(services).is_wanted


def test_the_holder_goes_on_where_word_was_left(jobs: Jobs, services: FakeLoopServices) -> None:
    is_under_way, may_end = threading.Event(), threading.Event()

    def take_long() -> Advance:
        is_under_way.set()
        assert may_end.wait(WAIT_S)
        return NOTHING

    services.next_advance = take_long
    holder = threading.Thread(target=jobs.work, args=(1,))
    holder.start()
    assert is_under_way.wait(WAIT_S)
    jobs.work(1)  # comes too early: the holder must look again
    may_end.set()
    holder.join(WAIT_S)
    assert services.advanced == [1]
    assert queued(jobs) == [1]
    services.next_advance = lambda: NOTHING
    task = jobs.huey.dequeue()
    jobs.huey.execute(task)
    assert (services.advanced, queued(jobs), known(services).is_wanted) == ([1, 1], [], False)


def test_a_project_that_is_busy_keeps_no_other_waiting(jobs: Jobs, services: FakeLoopServices) -> None:
    connect(services, 2)
    with services.store.leases.hold(1):
        jobs.work(2)
    assert services.advanced == [2]


def test_interrupted_work_ends_quietly_and_frees_the_project(jobs: Jobs, services: FakeLoopServices) -> None:
    def interrupt() -> Advance:
        raise WorkInterrupted

    services.next_advance = interrupt
    jobs.work(1)
    assert queued(jobs) == []
    assert (known(services).state, known(services).reason) == (ProjectState.RUNNING, "")
    with services.store.leases.hold(1):
        pass


def test_a_failure_of_ours_becomes_the_projects_state(jobs: Jobs, services: FakeLoopServices) -> None:
    def fail() -> Advance:
        raise LabelConfigError("No choice can be used.")

    services.next_advance = fail
    jobs.work(1)
    assert (known(services).state, known(services).reason) == (ProjectState.FAILED, "No choice can be used.")
    assert queued(jobs) == []


def test_work_that_is_asked_to_stop_begins_nothing(jobs: Jobs, services: FakeLoopServices) -> None:
    jobs.stop()
    jobs.work(1)
    assert services.advanced == []


def test_start_training_starts_a_project(jobs: Jobs, services: FakeLoopServices) -> None:
    services.store.projects.stop(1)
    services.store.projects.begin_sync(1, 1.0)
    services.store.events.add(1, action="START_TRAINING", payload="{}", is_trusted=False)
    jobs.work(1)
    assert (known(services).state, known(services).is_sync_due) == (ProjectState.RUNNING, True)
    assert services.store.events.list_open(1) == []
    assert services.advanced == [1]


def test_start_training_overrules_the_rules_that_ended_the_rounds(jobs: Jobs, services: FakeLoopServices) -> None:
    services.store.stop_rules.note(1, {"stable predictions": "why"}, 0, 1.0)
    jobs.work(1)
    assert services.store.stop_rules.list_all(1)[0].overruled_until is None
    services.store.events.add(1, action="START_TRAINING", payload="{}", is_trusted=False)
    jobs.work(1)
    assert services.store.stop_rules.list_all(1)[0].overruled_until == services.settings.go_on_rounds == 10


def test_start_training_overrules_for_as_many_rounds_as_were_set_for_the_project(
    jobs: Jobs, services: FakeLoopServices
) -> None:
    services.store.project_settings.change(1, {"go_on_rounds": 3})
    services.store.stop_rules.note(1, {"stable predictions": "why"}, 0, 1.0)
    services.store.events.add(1, action="START_TRAINING", payload="{}", is_trusted=False)
    jobs.work(1)
    assert services.store.stop_rules.list_all(1)[0].overruled_until == 3


def test_only_start_training_ends_a_persons_pause(jobs: Jobs, services: FakeLoopServices) -> None:
    services.store.projects.pause(1)
    jobs.resume_all()
    jobs.look_after_all()
    services.store.events.add(1, action="TASKS_CREATED", payload="{}", is_trusted=False)
    jobs.work(1)
    assert known(services).is_paused_by_person
    assert known(services).state is ProjectState.PAUSED
    services.store.events.add(1, action="START_TRAINING", payload="{}", is_trusted=False)
    jobs.work(1)
    assert (known(services).state, known(services).rounds_left) == (ProjectState.RUNNING, None)


def test_a_project_setting_that_is_possible_no_more_becomes_the_projects_state(
    jobs: Jobs, services: FakeLoopServices
) -> None:
    def make_loop() -> Advance:
        services.settings_for(1)
        return NOTHING

    services.next_advance = make_loop
    services.store.project_settings.change(1, {"student": "forest"})
    jobs.work(1)
    assert known(services).state is ProjectState.FAILED
    assert known(services).reason.startswith("Of what was set for project 1: MRARU_STUDENT: must be one of")


def test_start_training_is_not_lost_on_a_busy_project(jobs: Jobs, services: FakeLoopServices) -> None:
    services.store.projects.set_state(1, ProjectState.STOPPED, "the budget is spent")
    services.store.events.add(1, action="START_TRAINING", payload="{}", is_trusted=False)
    with services.store.leases.hold(1):
        jobs.work(1)
    assert (known(services).state, known(services).is_wanted) == (ProjectState.RUNNING, True)


def test_a_hint_that_anybody_may_have_sent_starts_no_project(jobs: Jobs, services: FakeLoopServices) -> None:
    services.store.projects.stop(1)
    services.store.projects.begin_sync(1, 1.0)
    services.store.events.add(1, action="TASKS_CREATED", payload="{}", is_trusted=False)
    jobs.work(1)
    assert (known(services).state, known(services).is_sync_due) == (ProjectState.CONNECTED, True)


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


def test_a_sync_is_due_once_reconciliation_is(jobs: Jobs, services: FakeLoopServices, clock: HandClock) -> None:
    services.store.projects.begin_sync(1, clock())
    clock.advance(services.settings.reconcile_every_s)
    jobs.look_after_all()
    assert not known(services).is_sync_due
    clock.advance(1.0)
    jobs.look_after_all()
    assert known(services).is_sync_due
    assert queued(jobs) == [1, 1]


def test_after_a_restart_every_project_goes_on_with_a_sync(jobs: Jobs, services: FakeLoopServices) -> None:
    connect(services, 2)
    for project_id in (1, 2):
        services.store.projects.begin_sync(project_id, 1.0)
    left_behind = services.store.leases.hold(1)
    left_behind.__enter__()  # as a crash leaves it: the number of the process is ours again
    jobs.resume_all()
    assert queued(jobs) == [1, 2]
    assert known(services, 1).is_sync_due
    assert known(services, 2).is_sync_due
    jobs.work(1)
    assert services.advanced == [1]
    left_behind.__exit__(None, None, None)


def test_a_webhook_that_cannot_be_secured_stops_nothing(
    jobs: Jobs, services: FakeLoopServices, caplog: pytest.LogCaptureFixture
) -> None:
    jobs.work(1)
    assert services.advanced == [1]
    assert [record.__dict__["event"] for record in caplog.records] == ["webhook_unsecured"]
    assert "a-secret" not in caplog.text
