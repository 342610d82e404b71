from __future__ import annotations

import threading

import pytest

from fakes.loop_services import MORE, NOTHING, FakeLoopServices, known, queued
from fakes.services import connect
from mraru.errors import LabelConfigError, PluginInvalid, WorkInterrupted
from mraru.projects.project_context import Advance
from mraru.store.projects.project_repository import ProjectState
from mraru.worker.jobs import Jobs

WAIT_S = 10.0  # seconds; nothing takes so long unless it hangs


def test_a_woken_project_stands_in_the_queue_and_its_job_works_on_it(jobs: Jobs, services: FakeLoopServices) -> None:
    jobs.wake(1)
    assert queued(jobs) == [1]
    task = jobs.huey.dequeue()
    assert task is not None
    jobs.huey.execute(task)
    assert services.advanced == [1]


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
        raise LabelConfigError("No control can be used.")

    services.next_advance = fail
    jobs.work(1)
    assert (known(services).state, known(services).reason) == (ProjectState.FAILED, "No control can be used.")
    assert queued(jobs) == []


def test_work_that_is_asked_to_stop_begins_nothing(jobs: Jobs, services: FakeLoopServices) -> None:
    jobs.stop()
    jobs.work(1)
    assert services.advanced == []


def test_start_training_starts_a_project(jobs: Jobs, services: FakeLoopServices) -> None:
    services.store.projects.await_start(1)
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
    assert known(services).waits_for_people
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
    services.store.projects.await_start(1)
    services.store.projects.begin_sync(1, 1.0)
    services.store.events.add(1, action="TASKS_CREATED", payload="{}", is_trusted=False)
    jobs.work(1)
    assert (known(services).state, known(services).is_sync_due) == (ProjectState.CONNECTED, True)


def test_a_webhook_that_cannot_be_secured_stops_nothing(
    jobs: Jobs, services: FakeLoopServices, caplog: pytest.LogCaptureFixture
) -> None:
    jobs.work(1)
    assert services.advanced == [1]
    assert [record.__dict__["event"] for record in caplog.records] == ["webhook_unsecured"]
    assert "a-secret" not in caplog.text


def test_of_a_project_that_is_gone_only_its_loop_is_asked(
    jobs: Jobs, services: FakeLoopServices, caplog: pytest.LogCaptureFixture
) -> None:
    connect(services)
    services.store.projects.start(1)
    services.store.projects.set_state(1, ProjectState.GONE, "it was deleted", 3600.0)
    jobs.work(1)
    assert services.advanced == [1]
    assert caplog.messages == []  # neither its webhook nor its drafts


def test_a_part_that_ends_its_thread_leaves_its_project_failed_with_a_reason(
    jobs: Jobs, services: FakeLoopServices
) -> None:
    def end_thread() -> Advance:
        raise SystemExit(3)

    services.next_advance = end_thread
    worker = threading.Thread(target=jobs.work, args=(1,))
    worker.start()
    worker.join(WAIT_S)
    project = known(services)
    assert (project.state, project.reason) == (
        ProjectState.FAILED,
        "an unexpected SystemExit: the worker's log says where",
    )


def test_what_fails_anew_each_minute_is_an_error_once(
    jobs: Jobs, services: FakeLoopServices, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> Advance:
        raise PluginInvalid("no licence")

    services.next_advance = fail
    for _ in range(3):
        jobs.work(1)
    assert [each.levelname for each in caplog.records if "no licence" in each.getMessage()].count("ERROR") == 1
    assert known(services).reason == "no licence"
