"""A queue that is damaged, gone or not writable stops nothing: what there is to do stands in the store."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.disks import damage_pages, no_room
from fakes.loop_services import FakeLoopServices, known, queued
from mraru.errors import DiskFull, StoreDamaged, StoreError
from mraru.projects.project_context import Advance
from mraru.store.projects.project_repository import ProjectState
from mraru.worker.job_queue import PUT_ASIDE, QUEUE_FILE
from mraru.worker.jobs import Jobs


@pytest.fixture
def file(services: FakeLoopServices) -> Path:
    return services.settings.model_dir / QUEUE_FILE


@pytest.fixture
def opened(services: FakeLoopServices) -> Iterator[list[Jobs]]:
    """Further processes' queues, closed after the test."""
    others: list[Jobs] = []
    yield others
    for other in others:
        other.huey.storage.close()


def events_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.event for record in caplog.records if hasattr(record, "event")]


def test_a_file_that_is_no_database_is_put_aside_and_the_queue_begins_anew(
    services: FakeLoopServices, file: Path, opened: list[Jobs], caplog: pytest.LogCaptureFixture
) -> None:
    file.write_bytes(b"a letter to grandmother\n" * 500)
    with caplog.at_level(logging.ERROR):
        opened.append(Jobs(services))
    opened[0].wake(1)
    assert queued(opened[0]) == [1]
    assert file.with_name(QUEUE_FILE + PUT_ASIDE).read_bytes().startswith(b"a letter")
    assert events_of(caplog) == ["queue_replaced"]


@pytest.mark.parametrize("uses", ["wake", "dequeue"])
def test_pages_that_are_damaged_while_it_runs_lose_no_work(
    jobs: Jobs, services: FakeLoopServices, file: Path, opened: list[Jobs], uses: str
) -> None:
    opened.append(Jobs(services))  # as in the web server
    opened[0].wake(1)
    jobs.wake(1)
    for each in (jobs, opened[0]):
        each.huey.storage.close()
    damage_pages(file, "task")
    if uses == "wake":
        opened[0].wake(1)
        assert queued(jobs) == [1]  # of the process that has the new file, to the one that had the old
    else:
        assert jobs.huey.dequeue() is None
        jobs.look_after_all()
        assert queued(opened[0]) == [1]
    assert file.with_name(QUEUE_FILE + PUT_ASIDE).exists()


def test_a_queue_that_is_gone_or_replaced_is_found_again(
    jobs: Jobs, services: FakeLoopServices, file: Path, opened: list[Jobs]
) -> None:
    jobs.wake(1)
    for path in file.parent.glob(f"{QUEUE_FILE}*"):
        os.remove(path)
    opened.append(Jobs(services))
    jobs.wake(1)
    assert queued(opened[0]) == [1]


def test_where_no_job_can_be_written_it_is_said_once_and_the_next_look_finds_the_work(
    jobs: Jobs, services: FakeLoopServices, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), no_room():
        for _ in range(3):
            jobs.wake(1)
            jobs.huey.dequeue()  # which can be read, and makes nothing writable
    assert events_of(caplog) == ["queue_unusable"]
    assert queued(jobs) == []
    jobs.look_after_all()
    assert queued(jobs) == [1]


def test_a_folder_in_the_place_of_the_queue_is_one_clear_error(services: FakeLoopServices, file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(StoreError, match=r"jobs\.sqlite3"):
        Jobs(services)


def test_work_on_a_full_disk_leaves_the_project_as_it_is_and_says_so_in_one_line(
    jobs: Jobs, services: FakeLoopServices, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), no_room():
        jobs.work(1)
        jobs.look_after_all()
    assert {record.event for record in caplog.records} <= {"store_fault", "queue_unusable"}
    assert all(record.exc_info is None for record in caplog.records)
    assert known(services).state is ProjectState.RUNNING
    assert services.advanced == []
    jobs.look_after_all()
    jobs.huey.execute(jobs.huey.dequeue())
    assert services.advanced == [1]


def test_a_disk_that_is_nearly_full_pauses_the_project_which_says_why_and_goes_on(
    jobs: Jobs, services: FakeLoopServices
) -> None:
    def refuse() -> Advance:
        raise DiskFull("19.0 MB are free: make room.")

    services.next_advance = refuse
    jobs.work(1)
    project = known(services)
    assert (project.state, project.reason) == (ProjectState.PAUSED, "19.0 MB are free: make room.")
    assert project.retry_at == services.clock() + services.settings.retry_delay_s
    assert not project.waits_for_people


def test_damage_of_the_store_fails_the_project_with_what_to_do(jobs: Jobs, services: FakeLoopServices) -> None:
    def meet_damage() -> Advance:
        raise StoreDamaged

    services.next_advance = meet_damage
    jobs.work(1)
    assert known(services).state is ProjectState.FAILED


def test_an_event_that_cannot_be_applied_for_want_of_room_stays_open(jobs: Jobs, services: FakeLoopServices) -> None:
    services.store.events.add(1, action="TASKS_CREATED", payload="{}", is_trusted=False)
    with no_room():
        jobs.work(1)
    assert len(services.store.events.list_open(1)) == 1
    jobs.work(1)
    assert services.store.events.count_open() == 0
