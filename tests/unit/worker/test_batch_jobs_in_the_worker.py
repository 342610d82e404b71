"""Batch jobs on the worker's own path: its jobs, its services, a real server of the simulated teacher's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.clocks import HandClock
from fakes.label_studio import LABELS, FakeLabelStudio
from fakes.loop_bench import class_of
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import Annotation
from mraru.store.projects.project_repository import ProjectState
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.worker.jobs import Jobs


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(class_of) as running:
        yield running


MakeWorkerServices = Callable[..., Services]


@pytest.fixture
def make_worker_services(
    new_services: MakeServices, server: OpenAIServer, clock: HandClock
) -> Iterator[MakeWorkerServices]:
    made: list[OpenAITeacher] = []

    def make(**settings: object) -> Services:
        services = new_services(
            openai_base_url=server.base_url,
            openai_model="m",
            input_usd_per_mtok=1.0,
            output_usd_per_mtok=2.0,
            batch_size=4,
            max_rounds=1,
            batch_api=True,
            **settings,
        )
        studio = FakeLabelStudio([f"{LABELS[number % 3]} {number}" for number in range(20)])
        for task_id in (1, 2, 3):
            label = class_of(studio.tasks[task_id])
            studio.annotations[task_id] = Annotation(
                annotation_id=task_id, task_id=task_id, label=label, lead_time_s=1.0
            )
        sync_project(services.store, studio, 1, clock)
        services.store.projects.forget_corrections(1, 3)
        services.label_studio = lambda project_id=None: studio  # type: ignore[method-assign,assignment,return-value]
        make_llm_teacher = services.llms.make

        def make_and_note(*arguments: object) -> OpenAITeacher:
            made.append(make_llm_teacher(*arguments))  # type: ignore[arg-type]
            return made[-1]

        services.llms.make = make_and_note  # type: ignore[method-assign,assignment]
        return services

    yield make
    for teacher in made:
        teacher.close()


@pytest.fixture
def services(make_worker_services: MakeWorkerServices) -> Services:
    return make_worker_services()


@pytest.fixture
def jobs(services: Services) -> Iterator[Jobs]:
    made = Jobs(services)
    yield made
    made.huey.storage.close()


def drain(jobs: Jobs) -> int:
    """Run the jobs that stand in the queue, and those that they put there; returns how many."""
    n_run = 0
    while (task := jobs.huey.dequeue()) is not None:
        jobs.huey.execute(task)
        n_run += 1
        assert n_run < 100
    return n_run


def test_the_worker_submits_leaves_alone_and_takes_over_a_job(
    jobs: Jobs, services: Services, server: OpenAIServer, clock: HandClock
) -> None:
    server.batches.is_held = True
    services.store.projects.start(1)
    jobs.wake(1)
    drain(jobs)
    assert len(server.batches.jobs) == 1
    for _ in range(5):  # each minute
        clock.advance(60.0)
        jobs.look_after_all()
        assert drain(jobs) == 1  # a look, and nothing that keeps the worker busy
    server.batches.is_held = False
    clock.advance(60.0)
    jobs.look_after_all()
    drain(jobs)
    assert len(services.store.teacher_labels.list_all(1)) == 4
    project = services.store.projects.get(1)
    assert project is not None
    assert (project.state, project.served_version, project.served_round) == (ProjectState.STOPPED, "mraru", 1)
    assert server.n_requests == 0


def test_the_worker_collects_for_a_disconnected_project(
    jobs: Jobs, services: Services, server: OpenAIServer, clock: HandClock
) -> None:
    server.batches.is_held = True
    services.store.projects.start(1)
    jobs.wake(1)
    drain(jobs)
    services.store.projects.disconnect(1)
    server.batches.is_held = False
    clock.advance(60.0)
    jobs.look_after_all()
    drain(jobs)
    assert services.store.ledger.spending(1).n_calls == 4
    assert [line.status for line in services.store.ledger_lines.list_all(1)] == ["answered"] * 4


def test_of_an_ensemble_each_member_is_asked_by_a_job_of_its_own(
    make_worker_services: MakeWorkerServices, server: OpenAIServer, clock: HandClock, tmp_path: Path
) -> None:
    file = tmp_path / "teachers.yaml"
    prices = "input_usd_per_mtok: 1, output_usd_per_mtok: 1"
    file.write_text(f"mode: ensemble\nteachers: [{{model: one, {prices}}}, {{model: two, {prices}}}]\n")
    services = make_worker_services(teachers_file=file)
    jobs = Jobs(services)
    services.store.projects.start(1)
    jobs.wake(1)
    drain(jobs)
    assert [job.model for job in services.store.batch_jobs.list_all(1)] == ["one", "two"]
    assert services.store.teacher_labels.list_all(1) == []
    clock.advance(60.0)
    jobs.look_after_all()
    drain(jobs)
    labels = services.store.teacher_labels.list_all(1)
    assert [len(label.votes) for label in labels] == [2] * 4
    assert [line.status for line in services.store.ledger_lines.list_all(1)] == ["answered"] * 8
    assert server.n_requests == 0
    jobs.huey.storage.close()
