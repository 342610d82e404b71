"""Anybody can send `/setup` and Start Training: rounds begin where Label Studio, asked by the team, agrees."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.clocks import HandClock
from fakes.services import connect
from mraru.bootstrap import Services
from mraru.errors import LabelStudioError, LabelStudioRefused, LabelStudioUnreachable
from mraru.labelstudio.api.registrations import RegisteredBackend
from mraru.settings import load_settings
from mraru.store.projects.project_repository import Project, ProjectState
from mraru.worker.jobs import Jobs
from mraru.worker.permission import GIVE_UP_S, Permission, begin_where_allowed

TEAM = {"label_studio_url": "http://label-studio.example", "label_studio_api_key": "team"}
OURS, ANOTHER = "http://localhost:9090", "http://localhost:9091"


class Registry:
    """What the team's Label Studio says of a project's backends."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.fault: LabelStudioError | None = None

    def list_backends(self, project_id: int) -> list[RegisteredBackend]:
        if self.fault is not None:
            raise self.fault
        return [
            RegisteredBackend(
                backend_id=number, url=url, title="", is_connected=True, error_message="", basic_auth_user=""
            )
            for number, url in enumerate(self.urls)
        ]

    def list_webhooks(self, project_id: int) -> list[object]:
        return []


class RegistryServices(Services):
    """Services that ask the registry in place of Label Studio."""

    registry = Registry()

    def label_studio(self, project_id: int | None = None) -> Registry:  # type: ignore[override]
        return self.registry


MakeRegistry = Callable[..., RegistryServices]


@pytest.fixture
def make(tmp_path: Path, clock: HandClock) -> Iterator[MakeRegistry]:
    made: list[RegistryServices] = []

    def make_registry(**settings: object) -> RegistryServices:
        services = RegistryServices(load_settings(model_dir=tmp_path, webhook_secret="s", **settings), clock)
        services.registry = Registry()
        connect(services)
        services.store.projects.ask_start(1, clock())
        made.append(services)
        return services

    yield make_registry
    for services in made:
        services.store.close()


def known(services: Services) -> Project:
    project = services.store.projects.get(1)
    assert project is not None
    return project


def test_a_backend_that_label_studio_lists_begins(make: MakeRegistry) -> None:
    services = make(**TEAM)
    services.registry.urls = [ANOTHER, f"{OURS}/"]
    assert begin_where_allowed(services, 1) is Permission.GIVEN
    assert (known(services).state, known(services).is_allowed) == (ProjectState.RUNNING, True)
    assert begin_where_allowed(services, 1) is Permission.NOT_ASKED


@pytest.mark.parametrize("fault", [None, LabelStudioRefused(status=404), LabelStudioRefused(status=403)])
def test_one_that_it_does_not_list_does_not(
    make: MakeRegistry, clock: HandClock, fault: LabelStudioError | None
) -> None:
    services = make(**TEAM)
    services.registry.urls, services.registry.fault = [ANOTHER], fault
    assert begin_where_allowed(services, 1) is Permission.NOT_YET  # Label Studio may be about to list it
    clock.advance(GIVE_UP_S)
    assert begin_where_allowed(services, 1) is Permission.REFUSED
    assert known(services).state is ProjectState.CONNECTED
    assert "mraru start 1" in known(services).reason
    services.registry.urls, services.registry.fault = [OURS], None
    assert begin_where_allowed(services, 1) is Permission.NOT_ASKED


@pytest.mark.parametrize("fault", [LabelStudioUnreachable(), LabelStudioRefused(status=401)])
def test_while_label_studio_does_not_answer_nothing_begins_and_nothing_is_given_up(
    make: MakeRegistry, clock: HandClock, fault: LabelStudioError
) -> None:
    services = make(**TEAM)
    services.registry.urls, services.registry.fault = [OURS], fault
    clock.advance(10 * GIVE_UP_S)
    assert begin_where_allowed(services, 1) is Permission.UNKNOWN
    assert known(services).state is ProjectState.CONNECTED
    services.registry.fault = None
    assert begin_where_allowed(services, 1) is Permission.GIVEN


def test_a_callers_own_token_allows_nothing(make: MakeRegistry) -> None:
    services = make(allow_setup_token=True)
    services.registry.urls = [OURS]
    assert begin_where_allowed(services, 1) is Permission.REFUSED
    assert known(services).state is ProjectState.CONNECTED
    assert known(services).reason.startswith("Nobody here has started it.")


def test_start_training_starts_nothing_that_nobody_allowed(make: MakeRegistry) -> None:
    services = make(**TEAM, auto_start=False)
    services.store.projects.refuse_start(1, "")
    jobs = Jobs(services)
    for urls, state in (([ANOTHER], ProjectState.CONNECTED), ([OURS], ProjectState.FAILED)):
        services.registry.urls = urls
        event = {"action": "START_TRAINING", "project": {"id": 1}}
        services.store.events.add(1, action="START_TRAINING", payload=json.dumps(event), is_trusted=False)
        jobs.work(1)
        assert known(services).state is state  # once it is started, the registry is no Label Studio to work with
    jobs.huey.storage.close()


def test_what_people_started_needs_no_permission(make: MakeRegistry) -> None:
    services = make(**TEAM)
    services.registry.fault = LabelStudioUnreachable()
    services.store.projects.start(1)
    services.store.projects.await_start(1)
    services.store.projects.ask_start(1, 0.0)
    assert begin_where_allowed(services, 1) is Permission.GIVEN
    services.store.projects.disconnect(1)  # and connected again, by whomever
    services.store.projects.ask_start(1, 0.0)
    assert begin_where_allowed(services, 1) is Permission.UNKNOWN
