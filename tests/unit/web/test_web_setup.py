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
from mraru.store.projects import ProjectState

SETUP = {
    "project": "1.1795501729",
    "schema": LABEL_CONFIG,
    "hostname": "http://localhost:8080",
    "access_token": "a-token",
    "extra_params": None,
}


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
    assert (project.label_config, project.hostname, project.access_token, project.backend_url) == (
        LABEL_CONFIG,
        "http://localhost:8080",
        "a-token",
        "http://localhost",
    )


def test_setup_starts_a_new_project_once(client: FlaskClient, services: Services, woken: list[int]) -> None:
    client.post("/setup", json=SETUP)
    assert woken == [1]
    services.store.projects.start(1)
    services.store.projects.set_state(1, ProjectState.STOPPED)
    client.post("/setup", json=SETUP)
    assert woken == [1]
    project = services.store.projects.get(1)
    assert project is not None
    assert project.state is ProjectState.STOPPED


@pytest.mark.parametrize(
    ("auto_start", "state", "looked_at"), [(True, ProjectState.RUNNING, [1]), (False, ProjectState.CONNECTED, [])]
)
def test_a_new_project_starts_by_itself_where_that_is_set(
    new_services: MakeServices,
    make_client: MakeClient,
    woken: list[int],
    auto_start: bool,
    state: ProjectState,
    looked_at: list[int],
) -> None:
    services = new_services(auto_start=auto_start)
    make_client(services).post("/setup", json=SETUP)
    project = services.store.projects.get(1)
    assert project is not None
    assert project.state is state
    assert woken == looked_at


@pytest.mark.parametrize(
    ("auto_start", "state", "looked_at"), [(True, ProjectState.RUNNING, [1]), (False, ProjectState.CONNECTED, [])]
)
def test_a_project_that_was_disconnected_is_connected_again(
    new_services: MakeServices,
    make_client: MakeClient,
    woken: list[int],
    auto_start: bool,
    state: ProjectState,
    looked_at: list[int],
) -> None:
    services = new_services(auto_start=auto_start)
    client = make_client(services)
    client.post("/setup", json=SETUP)
    services.store.projects.disconnect(1)
    woken.clear()
    client.post("/setup", json=SETUP)
    project = services.store.projects.get(1)
    assert project is not None
    assert project.state is state
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
    assert "Supported is exactly one <Choices" in answer.json["error"]
    assert services.store.projects.list_all() == []


def test_health_and_setup_embed_nothing(client: FlaskClient, counting: CountingEmbedder) -> None:
    client.get("/health")
    client.post("/setup", json=SETUP)
    client.post("/setup", json=SETUP)
    assert counting.calls == []


def test_health_and_setup_never_load_the_library_of_the_model(tmp_path: Path) -> None:
    script = f"""
import sys
from mraru.cli.wsgi import make_app
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
