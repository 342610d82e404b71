from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from fakes.embedders import CountingEmbedder
from fakes.services import LABEL_CONFIG, MakeClient, MakeServices
from mraru import __version__
from mraru.bootstrap import Services
from mraru.records import ProjectDescription
from mraru.store.projects.project_repository import ProjectState

SETUP = {
    "project": "1.1795501729",
    "schema": LABEL_CONFIG,
    "hostname": "http://localhost:8080",
    "access_token": "a-token",
    "extra_params": None,
}
TEAM = {"label_studio_url": "http://label-studio.example", "label_studio_api_key": "team"}


@pytest.mark.parametrize("path", ["/", "/health"])
def test_health_says_up(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.json == {"status": "UP", "model_class": "MRaru", "version": __version__}


def test_setup_notes_the_project_and_answers_with_its_version(client: FlaskClient, services: Services) -> None:
    answer = client.post("/setup", json=SETUP)
    assert answer.status_code == 200
    assert answer.json == {"model_version": "mraru-untrained"}
    project = services.store.projects.get(1)
    assert project is not None
    assert (project.label_config, project.backend_url) == (LABEL_CONFIG, "http://localhost")


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({}, (None, None)),
        ({"allow_setup_token": True}, ("http://localhost:8080", "a-token")),
        ({**TEAM, "allow_setup_token": True}, (None, None)),
    ],
)
def test_a_callers_address_and_token_are_kept_where_they_may_be_used_alone(
    new_services: MakeServices, make_client: MakeClient, settings: dict[str, object], kept: tuple[str, str]
) -> None:
    services = new_services(**settings)
    make_client(services).post("/setup", json=SETUP)
    project = services.store.projects.get(1)
    assert project is not None
    assert (project.hostname, project.access_token) == kept


def test_setup_asks_for_the_rounds_of_a_new_project_and_begins_none(
    client: FlaskClient, services: Services, woken: list[int]
) -> None:
    client.post("/setup", json=SETUP)
    assert woken == [1]
    asked = services.store.projects.get(1)
    assert asked is not None
    assert (asked.state, asked.is_allowed, asked.start_asked_at) == (ProjectState.CONNECTED, False, services.clock())
    services.store.projects.start(1)
    services.store.projects.set_state(1, ProjectState.STOPPED)
    client.post("/setup", json=SETUP)
    assert woken == [1]
    project = services.store.projects.get(1)
    assert project is not None
    assert project.state is ProjectState.STOPPED


@pytest.mark.parametrize(("auto_start", "looked_at"), [(True, [1]), (False, [])])
def test_a_new_project_asks_for_rounds_where_that_is_set(
    new_services: MakeServices,
    make_client: MakeClient,
    woken: list[int],
    auto_start: bool,
    looked_at: list[int],
) -> None:
    services = new_services(auto_start=auto_start)
    make_client(services).post("/setup", json=SETUP)
    project = services.store.projects.get(1)
    assert project is not None
    assert (project.state, project.start_asked_at is not None) == (ProjectState.CONNECTED, auto_start)
    assert woken == looked_at


@pytest.mark.parametrize(("auto_start", "looked_at"), [(True, [1]), (False, [])])
def test_a_project_that_was_disconnected_is_connected_again(
    new_services: MakeServices,
    make_client: MakeClient,
    woken: list[int],
    auto_start: bool,
    looked_at: list[int],
) -> None:
    services = new_services(auto_start=auto_start)
    client = make_client(services)
    client.post("/setup", json=SETUP)
    services.store.projects.start(1)
    services.store.projects.disconnect(1)
    woken.clear()
    client.post("/setup", json=SETUP)
    project = services.store.projects.get(1)
    assert project is not None
    assert (project.state, project.is_allowed) == (ProjectState.CONNECTED, False)
    assert (project.start_asked_at is not None) == auto_start
    assert woken == looked_at


@pytest.mark.parametrize(("sent", "number"), [("1.1795501729", 1), ("12", 12), (7, 7)])
def test_the_project_is_read_from_every_form_of_its_number(
    client: FlaskClient, services: Services, sent: object, number: int
) -> None:
    assert client.post("/setup", json={**SETUP, "project": sent}).status_code == 200
    assert [project.project_id for project in services.store.projects.list_all()] == [number]


def test_an_unsupported_label_config_is_refused_with_the_reason(client: FlaskClient, services: Services) -> None:
    answer = client.post("/setup", json={**SETUP, "schema": '<View><Image name="i" value="$image"/></View>'})
    assert answer.status_code == 400
    assert "Supported are <Choices>" in answer.json["error"]
    assert services.store.projects.list_all() == []


def test_health_and_setup_embed_nothing(client: FlaskClient, counting: CountingEmbedder) -> None:
    client.get("/health")
    client.post("/setup", json=SETUP)
    client.post("/setup", json=SETUP)
    assert counting.calls == []


def test_health_and_setup_never_load_the_library_of_the_model(tmp_path: Path) -> None:
    script = f"""
import sys
from mraru.cli.server.wsgi import make_app
client = make_app().test_client()
assert client.get("/health").status_code == 200
assert client.post("/setup", json={SETUP!r}).status_code == 200
print(sorted({{"torch", "sentence_transformers"}} & set(sys.modules)))
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout.strip()) == (0, "[]"), run.stderr


def test_versions_names_what_is_served(client: FlaskClient, services: Services) -> None:
    assert client.get("/versions").json == {"versions": []}
    for number in (1, 2, 3):
        client.post("/setup", json={**SETUP, "project": number})
    services.store.projects.set_served(2, "mraru", 2)
    services.store.projects.set_served(1, "mraru", 1)
    assert client.get("/versions").json == {"versions": ["mraru"]}


def test_setup_of_another_project_of_a_known_number_says_so_and_has_it_looked_at(
    client: FlaskClient, services: Services, woken: list[int]
) -> None:
    client.post("/setup", json=SETUP)
    services.store.projects.describe(made_at("2026-11-24T06:28:49.25Z"))  # the second that Label Studio names
    services.store.projects.start(1)
    services.store.projects.begin_sync(1, services.clock())
    woken.clear()
    assert client.post("/setup", json=SETUP).status_code == 200
    assert woken == []
    answer = client.post("/setup", json={**SETUP, "project": "1.1795501730"})
    assert answer.status_code == 409
    assert "Use another MODEL_DIR" in answer.json["error"]
    assert woken == [1]
    project = services.store.projects.get(1)
    assert project is not None
    assert project.is_sync_due


def made_at(created_at: str) -> ProjectDescription:
    return ProjectDescription(
        project_id=1,
        title="News",
        instruction="",
        label_config=LABEL_CONFIG,
        created_at=created_at,
        model_version=None,
        sampling="",
    )
