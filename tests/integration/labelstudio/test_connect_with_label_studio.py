from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from label_studio_sdk import LabelStudio

from fakes.backend_server import FakeBackendServer
from mraru.demo.label_studio_server import LabelStudioServer, create_personal_access_token, free_port, sign_up
from mraru.errors import LabelConfigError, LabelStudioRefused, PrivateAddressRefused
from mraru.labelstudio.api.label_studio_client import LOWEST_SCORE_FIRST, LabelStudioClient
from mraru.labelstudio.api.registrations import webhook_url
from mraru.labelstudio.connecting.connection import (
    HEALTH_TRIES,
    SECRET_HEADER,
    connect_project,
    disconnect_project,
    secure_webhook,
)
from mraru.labelstudio.formats.webhook_events import EventKind, parse_event
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.records import Prediction

pytestmark = pytest.mark.label_studio

SECRET = "a-secret-for-tests"
ProjectMaker = Callable[..., int]


@pytest.fixture
def backend() -> Iterator[FakeBackendServer]:
    with FakeBackendServer() as server:
        yield server


def connect(client: LabelStudioClient, project_id: int, url: str, **options: Any) -> Any:
    return connect_project(client, project_id, url, "M-RARU", SECRET, is_alone=True, **options)


def changes(backend: FakeBackendServer) -> list[str]:
    return [request.body["action"] for request in backend.received if request.path == "/webhook"]


def test_connecting_registers_the_backend_and_protects_its_webhook(
    label_studio_client: LabelStudioClient, backend: FakeBackendServer, make_project: ProjectMaker
) -> None:
    project_id = make_project(["x"], ("A", "B"))
    report = connect(label_studio_client, project_id, backend.url)
    (row,) = label_studio_client.list_backends(project_id)
    (webhook,) = label_studio_client.list_webhooks(project_id)
    project = label_studio_client.describe_project(project_id)
    assert report.changed
    assert (row.backend_id, row.url, row.title, row.is_connected) == (
        report.backend_id,
        backend.url,
        "M-RARU",
        True,
    )
    assert webhook.url == webhook_url(backend.url)
    assert webhook.headers == {SECRET_HEADER: SECRET}
    assert (project.sampling, project.model_version) == (LOWEST_SCORE_FIRST, None)


def test_connecting_twice_changes_nothing(
    label_studio_client: LabelStudioClient, backend: FakeBackendServer, make_project: ProjectMaker
) -> None:
    project_id = make_project(["x"], ("A", "B"))
    first = connect(label_studio_client, project_id, backend.url)
    before = (label_studio_client.list_backends(project_id), label_studio_client.list_webhooks(project_id))
    backend.forget()
    again = connect(label_studio_client, project_id, backend.url + "/")
    assert not again.changed
    assert again.backend_id == first.backend_id
    assert changes(backend) == []
    assert before == (
        label_studio_client.list_backends(project_id),
        label_studio_client.list_webhooks(project_id),
    )


def test_events_carry_the_secret_and_next_tasks_ask_us_nothing(
    label_studio_client: LabelStudioClient,
    label_studio_sdk: LabelStudio,
    backend: FakeBackendServer,
    make_project: ProjectMaker,
) -> None:
    project_id = make_project(["x", "y"], ("A", "B"))
    connect(label_studio_client, project_id, backend.url)
    backend.forget()
    label_studio_sdk._client_wrapper.httpx_client.request(f"api/projects/{project_id}/next", method="GET")
    assert backend.received == []
    label_studio_sdk.projects.import_tasks(id=project_id, request=[{"text": "late"}])
    request = backend.wait_for_action("TASKS_CREATED")
    event = parse_event(request.body)
    assert request.headers[SECRET_HEADER.lower()] == SECRET
    assert event.kind is EventKind.TASKS_CREATED
    assert [task.text for task in event.tasks] == ["late"]
    assert event.project_created_at == label_studio_client.describe_project(project_id).created_at


def test_a_model_version_that_has_predictions_survives(
    label_studio_client: LabelStudioClient, backend: FakeBackendServer, make_project: ProjectMaker
) -> None:
    project_id = make_project(["x"], ("A", "B"))
    schema = parse_label_config(label_studio_client.describe_project(project_id).label_config)
    (task,) = label_studio_client.list_tasks(project_id, schema)
    prediction = Prediction(task_id=task.task_id, label="A", score=0.5, model_version="v7")
    label_studio_client.push_predictions(project_id, schema, [prediction])
    label_studio_client.serve_lowest_score_first(project_id, "v7")
    connect(label_studio_client, project_id, backend.url)
    assert label_studio_client.describe_project(project_id).model_version == "v7"
    disconnect_project(label_studio_client, project_id, backend.url)
    assert label_studio_client.describe_project(project_id).model_version == "v7"
    assert label_studio_client.count_predictions(project_id) == {"v7": 1}


def test_disconnecting_removes_the_webhook_too_and_twice_does_nothing_more(
    label_studio_client: LabelStudioClient, backend: FakeBackendServer, make_project: ProjectMaker
) -> None:
    project_id = make_project(["x"], ("A", "B"))
    connect(label_studio_client, project_id, backend.url)
    assert disconnect_project(label_studio_client, project_id, backend.url).changed
    assert label_studio_client.list_backends(project_id) == []
    assert label_studio_client.list_webhooks(project_id) == []
    assert not disconnect_project(label_studio_client, project_id, backend.url).changed


def test_a_backend_added_by_hand_gets_its_secret(
    label_studio_client: LabelStudioClient, backend: FakeBackendServer, make_project: ProjectMaker
) -> None:
    project_id = make_project(["x"], ("A", "B"))
    assert not secure_webhook(label_studio_client, project_id, backend.url, SECRET)
    label_studio_client.create_backend(project_id, backend.url, "by hand", None)
    for _ in range(2):  # the second time there is nothing to change
        assert secure_webhook(label_studio_client, project_id, backend.url, SECRET)
    (webhook,) = label_studio_client.list_webhooks(project_id)
    assert webhook.headers == {SECRET_HEADER: SECRET}


def test_credentials_reach_the_backend_and_are_renewed(
    label_studio_client: LabelStudioClient, backend: FakeBackendServer, make_project: ProjectMaker
) -> None:
    project_id = make_project(["x"], ("A", "B"))
    connect(label_studio_client, project_id, backend.url)
    backend.forget()
    report = connect_project(
        label_studio_client, project_id, backend.url, "M-RARU", SECRET, ("ann", "a-password"), is_alone=True
    )
    assert report.changed
    assert backend.received[-1].headers["authorization"].startswith("Basic ")
    assert not connect_project(
        label_studio_client, project_id, backend.url, "M-RARU", SECRET, ("ann", "a-password"), is_alone=True
    ).changed


def test_a_project_that_asks_nothing_that_labels_answer_is_left_alone(
    label_studio_client: LabelStudioClient, backend: FakeBackendServer, make_project: ProjectMaker
) -> None:
    free_text = '<View><Text name="t" value="$text"/><TextArea name="r" toName="t"/></View>'
    project_id = make_project(["x"], (), free_text)
    with pytest.raises(LabelConfigError):
        connect(label_studio_client, project_id, backend.url)
    assert backend.received == []
    assert label_studio_client.list_backends(project_id) == []


def test_a_backend_that_is_down_is_refused_and_leaves_nothing(
    label_studio_client: LabelStudioClient, make_project: ProjectMaker
) -> None:
    project_id = make_project(["x"], ("A", "B"))
    waits: list[float] = []
    with pytest.raises(LabelStudioRefused, match="health check failed"):
        connect(label_studio_client, project_id, f"http://127.0.0.1:{free_port(0)}", wait=waits.append)
    assert len(waits) == HEALTH_TRIES - 1
    assert label_studio_client.list_backends(project_id) == []
    assert label_studio_client.list_webhooks(project_id) == []


def test_a_backend_that_is_up_a_moment_later_is_connected(
    label_studio_client: LabelStudioClient, backend: FakeBackendServer, make_project: ProjectMaker
) -> None:
    project_id = make_project(["x"], ("A", "B"))
    backend.is_up = False
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        backend.is_up = len(waits) == 2

    assert connect(label_studio_client, project_id, backend.url, wait=wait).changed
    assert len(waits) == 2
    assert len(label_studio_client.list_backends(project_id)) == 1
    assert len(label_studio_client.list_webhooks(project_id)) == 1


class StrictServer(LabelStudioServer):
    """Label Studio's default for webhooks, with local backends allowed: half of what is needed."""

    def _environment(self) -> dict[str, str]:
        return super()._environment() | {"ML_BLOCK_LOCAL_IP": "false"}


def test_a_refused_address_leaves_nothing_half_made(
    label_studio: Any, backend: FakeBackendServer, make_project: ProjectMaker, tmp_path: Path
) -> None:
    project_id = make_project(["x"], ("A", "B"))
    # A copy of the folder spares the migrations of a first start.
    shutil.copytree(label_studio.folder, tmp_path / "strict")
    strict = StrictServer(label_studio.executable, tmp_path / "strict", free_port(0), allow_local_addresses=False)
    with strict:
        sign_up(strict.url, label_studio.email, label_studio.password)  # who is there already
        token = create_personal_access_token(strict.url, label_studio.email, label_studio.password)
        with LabelStudioClient(strict.url, token, timeout_s=60) as client:
            with pytest.raises(PrivateAddressRefused, match="SSRF_PROTECTION_ENABLED=false"):
                connect(client, project_id, backend.url)
            assert [request.path for request in backend.received[:2]] == ["/health", "/setup"]
            assert client.list_backends(project_id) == []
            assert client.list_webhooks(project_id) == []
