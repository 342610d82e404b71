"""`mraru disconnect`, and `mraru connect` after it, with a real Label Studio."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from fakes.backend_server import FakeBackendServer
from fakes.clocks import HandClock
from fakes.embedders import CountingEmbedder
from fakes.services import make_services
from mraru.bootstrap import Services
from mraru.cli.label_studio.connect_words import TITLE, connect_command, disconnect_command
from mraru.cli.project.forget import forget_project
from mraru.errors import NotConnected, ProjectGone, StoreError
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.connecting.connection import connect_project
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.predictions.data_manager_tabs import Tabs
from mraru.records import Prediction
from mraru.store.projects.project_repository import ProjectState

pytestmark = pytest.mark.label_studio

ProjectMaker = Callable[..., int]
SERVED = "mraru"


@pytest.fixture
def backend() -> Iterator[FakeBackendServer]:
    with FakeBackendServer() as server:
        yield server


@pytest.fixture
def services(label_studio: Any, backend: FakeBackendServer, tmp_path: Path) -> Iterator[Services]:
    made = make_services(
        tmp_path,
        HandClock(),
        CountingEmbedder(),
        label_studio_url=label_studio.url,
        label_studio_api_key=label_studio.token,
        backend_url=backend.url,
    )
    yield made
    made.label_studio().close()
    made.store.close()


def run(command: Callable[..., None], services: Services, project_id: int, url: str | None = None) -> str:
    console = Console(record=True, width=300)
    command(services if command is connect_command else services.settings, project_id, url, console)
    return console.export_text()


def know(
    services: Services, client: LabelStudioClient, project_id: int, url: str, created_at: str | None = None
) -> None:
    """A started project that has pushed, as the worker leaves it; `created_at`: not when Label Studio says."""
    there = client.describe_project(project_id)
    description = there if created_at is None else replace(there, created_at=created_at)
    schema = parse_label_config(description.label_config)
    (task, *_) = client.list_tasks(project_id, schema)
    client.push_predictions(
        project_id, schema, [Prediction(task_id=task.task_id, label="A", score=0.5, model_version=SERVED)]
    )
    projects = services.store.projects
    projects.connect(
        project_id, label_config=description.label_config, hostname=None, access_token=None, backend_url=url
    )
    projects.describe(description)
    projects.start(project_id)
    projects.set_served(project_id, SERVED, 1)


def test_what_was_registered_under_a_former_address_that_is_down_is_found_and_removed(
    services: Services, label_studio_client: LabelStudioClient, make_project: ProjectMaker
) -> None:
    project_id = make_project(["x"], ("A", "B"))
    with FakeBackendServer() as former:
        run(connect_command, services, project_id, former.url)
    assert [row.url for row in label_studio_client.list_backends(project_id)] == [former.url]
    said = run(disconnect_command, services, project_id)
    assert f"Removed ML backend {former.url}." in said
    assert label_studio_client.list_backends(project_id) == []
    assert label_studio_client.list_webhooks(project_id) == []


def test_what_another_installation_registered_under_our_title_stays(
    services: Services, label_studio_client: LabelStudioClient, make_project: ProjectMaker
) -> None:
    project_id = make_project(["x"], ("A", "B"))
    with FakeBackendServer() as others:
        connect_project(label_studio_client, project_id, others.url, TITLE, "another secret", is_alone=True)
        with pytest.raises(NotConnected, match=f"--backend-url {others.url}"):
            run(disconnect_command, services, project_id)
        run(connect_command, services, project_id)
        run(disconnect_command, services, project_id)
        assert [row.url for row in label_studio_client.list_backends(project_id)] == [others.url]


def test_tabs_that_a_disconnect_took_out_come_back_and_those_that_the_team_deleted_do_not(
    services: Services, backend: FakeBackendServer, label_studio_client: LabelStudioClient, make_project: ProjectMaker
) -> None:
    project_id = make_project(["x", "y"], ("A", "B"))
    know(services, label_studio_client, project_id, backend.url)
    run(connect_command, services, project_id)
    Tabs(services.store, label_studio_client, project_id).keep()

    def titles() -> list[str]:
        return [view.content.title for view in label_studio_client.list_views(project_id)]

    deleted = next(
        view for view in label_studio_client.list_views(project_id) if view.content.title == "Labelled by people"
    )
    label_studio_client.delete_view(project_id, deleted.view_id)
    before = titles()
    assert len(before) > 2
    run(disconnect_command, services, project_id)
    assert titles() == ["Default"]
    said = run(connect_command, services, project_id)
    assert titles() == before
    assert "Tabs that the team deleted stay deleted: Labelled by people." in said
    assert "Made our tabs again" not in run(connect_command, services, project_id)
    assert titles() == before


def test_a_disconnect_leaves_the_tabs_of_another_project_of_that_number_alone(
    services: Services, backend: FakeBackendServer, label_studio_client: LabelStudioClient, make_project: ProjectMaker
) -> None:
    """Tabs are known by their numbers, which are the team's own where Label Studio's database was made anew."""
    project_id = make_project(["x", "y"], ("A", "B"))
    secret = services.webhook_secret.get_secret_value()
    connect_project(label_studio_client, project_id, backend.url, TITLE, secret, is_alone=True)
    know(services, label_studio_client, project_id, backend.url, "2020-01-01T00:00:00Z")
    Tabs(services.store, label_studio_client, project_id).keep()
    before = label_studio_client.list_views(project_id)
    assert len(before) > 2
    said = run(disconnect_command, services, project_id)
    assert "Removed ML backend" in said
    assert "of our tabs" not in said
    assert label_studio_client.list_views(project_id) == before


def test_a_project_is_forgotten_once_it_is_deleted_there(
    services: Services, backend: FakeBackendServer, label_studio_client: LabelStudioClient, make_project: ProjectMaker
) -> None:
    project_id = make_project(["x"], ("A", "B"))
    know(services, label_studio_client, project_id, backend.url)
    with pytest.raises(StoreError, match="mraru disconnect"):
        forget_project(services, project_id, is_confirmed=True)
    label_studio_client._call("DELETE", f"api/projects/{project_id}/", "a project")
    with pytest.raises(ProjectGone, match="or the user of LABEL_STUDIO_API_KEY may not see it"):
        label_studio_client.describe_project(project_id)
    with pytest.raises(ProjectGone, match=f"`mraru forget {project_id}` removes"):
        run(disconnect_command, services, project_id)
    services.make_loop(project_id).advance()
    project = services.store.projects.get(project_id)
    assert project is not None
    assert project.state is ProjectState.GONE
    assert forget_project(services, project_id, is_confirmed=True)
    assert services.store.projects.get(project_id) is None
