"""`mraru doctor` against a real Label Studio, in which people have changed this and that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from label_studio_sdk import LabelStudio

from fakes.clocks import HandClock
from fakes.embedders import CountingEmbedder
from fakes.examined import WELL
from fakes.odd_server import odd_server
from fakes.services import make_services
from mraru.bootstrap import Services
from mraru.doctor import examine
from mraru.doctor.examined import TITLE
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.api.registrations import webhook_url
from mraru.labelstudio.connecting.connection import connect_project
from mraru.projects.syncing.project_sync import sync_project
from mraru.store.projects.worker_locks import hold_worker_lock

pytestmark = pytest.mark.label_studio

ProjectMaker = Callable[..., int]
SECRET = "a-secret"
ANSWERS = {"/health": '{"status": "UP", "model_class": "MRaru"}', "/setup": '{"model_version": "mraru"}'}


@pytest.fixture
def backend_url() -> Iterator[str]:
    with odd_server(lambda path: (200, ANSWERS.get(path, "{}"))) as url:
        yield url


def make(folder: Path, label_studio: Any, backend_url: str, **changed: object) -> Services:
    settings = {
        "label_studio_url": label_studio.url,
        "label_studio_api_key": label_studio.token,
        "backend_url": backend_url,
        **changed,
    }
    return make_services(folder, HandClock(), CountingEmbedder(), **settings)


def codes(services: Services, project_id: int) -> set[str]:
    """What is found, without what is only good to know; the hand's clock is not Label Studio's."""
    with hold_worker_lock(services.settings.model_dir):
        report = examine(
            lambda: services.settings,
            project_id,
            make_services=lambda settings: services,
            look_at_machine=lambda folder: WELL,
        )
    return {finding.code for finding in report.findings if finding.severity != "info"} - {"clocks-apart"}


@pytest.fixture
def connected(
    label_studio: Any,
    label_studio_client: LabelStudioClient,
    make_project: ProjectMaker,
    tmp_path: Path,
    backend_url: str,
) -> Iterator[tuple[Services, int]]:
    """Services, and a project that is connected to them."""
    project_id = make_project(["a boat", "a tree"], ("A", "B"))
    services = make(tmp_path, label_studio, backend_url)
    connect_project(label_studio_client, project_id, backend_url, TITLE, SECRET, is_alone=True)
    sync_project(services.store, label_studio_client, project_id, services.clock)
    services.store.projects.start(project_id)
    yield services, project_id
    services.store.close()


def test_a_project_that_was_just_connected_is_well(connected: tuple[Services, int]) -> None:
    assert codes(*connected) == set()


def test_what_people_changed_in_label_studio_is_found(
    connected: tuple[Services, int],
    label_studio_client: LabelStudioClient,
    label_studio_sdk: LabelStudio,
    backend_url: str,
) -> None:
    services, project_id = connected
    label_studio_sdk.ml.create(project=project_id, url=backend_url, title="by hand")
    # Label Studio makes no second webhook then, but serves the title as model version, which no prediction has.
    assert codes(services, project_id) == {"backend-doubled", "version-without-predictions"}

    label_studio_client.create_webhook(project_id, webhook_url(backend_url), {})
    assert "webhook-doubled" in codes(services, project_id)

    former = backend_url.replace("127.0.0.1", "localhost")
    label_studio_sdk.ml.create(project=project_id, url=former, title=TITLE)
    assert "backend-former-address" in codes(services, project_id)

    for row in label_studio_client.list_backends(project_id)[1:]:
        label_studio_client.delete_backend(row.backend_id)
    for hook in label_studio_client.list_webhooks(project_id):
        label_studio_client.delete_webhook(hook.webhook_id)
    label_studio_client.change_sampling(project_id, "Sequential sampling")
    # With a backend of that title Label Studio has taken the model version away.
    assert codes(services, project_id) == {"webhook-missing", "sampling-changed"}

    label_studio_client.create_webhook(project_id, webhook_url(backend_url), {})
    label_studio_sdk.projects.update(
        project_id, show_collab_predictions=False, model_version="", min_annotations_to_start_training=1
    )
    label_studio_sdk.projects.import_tasks(id=project_id, request=[{"text": " "}])
    assert codes(services, project_id) == {
        "webhook-without-secret",
        "sampling-changed",
        "predictions-hidden",
        "trains-while-people-submit",
        "texts-empty",
    }

    # What the remedies name sets these two right.
    connect_project(label_studio_client, project_id, backend_url, TITLE, SECRET, is_alone=True)
    assert codes(services, project_id) == {"predictions-hidden", "trains-while-people-submit", "texts-empty"}


def test_a_project_that_is_not_registered_or_not_there_is_found(
    label_studio: Any, make_project: ProjectMaker, tmp_path: Path, backend_url: str
) -> None:
    services = make(tmp_path, label_studio, backend_url)
    project_id = make_project(["a boat"], ("A", "B"))
    assert codes(services, project_id) == {"project-unknown-here", "backend-not-registered", "sampling-changed"}
    assert codes(services, 987_654) == {"project-missing"}  # nobody can connect it
    services.store.close()


def test_a_backend_that_is_gone_is_found(
    connected: tuple[Services, int], label_studio: Any, label_studio_client: LabelStudioClient, tmp_path: Path
) -> None:
    _, project_id = connected
    gone = "http://127.0.0.1:9"
    with odd_server(lambda path: (200, ANSWERS.get(path, "{}"))) as url:
        connect_project(label_studio_client, project_id, url, TITLE, SECRET, is_alone=True)
    stopped = make(tmp_path, label_studio, url)
    found = codes(stopped, project_id)
    assert "backend-not-answering" in found
    assert "backend-not-reached" not in found  # the same, in Label Studio's words
    stopped.store.close()
    elsewhere = make(tmp_path, label_studio, gone)
    assert {"backend-not-registered", "backend-former-address", "backend-not-answering"} <= codes(elsewhere, project_id)
    elsewhere.store.close()


@pytest.mark.parametrize(
    ("token", "code"),
    [("0123456789abcdef0123456789abcdef01234567", "token-refused"), ("legacy", "legacy-token-refused")],
)
def test_a_token_that_label_studio_refuses_is_found_by_its_kind(
    connected: tuple[Services, int],
    label_studio: Any,
    label_studio_sdk: LabelStudio,
    tmp_path: Path,
    backend_url: str,
    token: str,
    code: str,
) -> None:
    if token == "legacy":
        token = str(label_studio_sdk.users.get_token().token)
    services = make(tmp_path, label_studio, backend_url, label_studio_api_key=token)
    assert codes(services, connected[1]) == {code}
    services.store.close()


def test_a_revoked_personal_token_is_found(
    connected: tuple[Services, int], label_studio: Any, tmp_path: Path, backend_url: str
) -> None:
    head, claims, _ = label_studio.token.split(".")
    services = make(tmp_path, label_studio, backend_url, label_studio_api_key=f"{head}.{claims}.{'x' * 43}")
    assert codes(services, connected[1]) == {"token-refused"}
    services.store.close()
