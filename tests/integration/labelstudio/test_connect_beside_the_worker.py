"""`mraru connect` and the worker at the same time: registering the backend is what makes the worker begin."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.backend_server import FakeBackendServer
from fakes.clocks import HandClock
from fakes.embedders import CountingEmbedder
from fakes.label_studio_proxy import LabelStudioProxy, ProxiedRequest
from fakes.services import make_services
from mraru.bootstrap import Services
from mraru.cli.label_studio.connect_words import connect_to_backend
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.connecting.connection import ConnectReport
from mraru.store.projects.project_repository import ProjectState
from mraru.worker.jobs import Jobs

pytestmark = pytest.mark.label_studio

ProjectMaker = Callable[..., int]
TEXTS = [f"A text about {topic}, number {number}." for number in range(4) for topic in ("boats", "trees")]


class Connecting(threading.Thread):
    """`mraru connect` at work beside the test, through a proxy of its own."""

    def __init__(self, services: Services, proxy: LabelStudioProxy, token: str, project_id: int, url: str) -> None:
        super().__init__(daemon=True)
        self._services, self._project_id, self._url = services, project_id, url
        self.on_end: Callable[[], object] = lambda: None
        self._client = LabelStudioClient(proxy.url, token, timeout_s=60)
        self.report: ConnectReport | None = None

    def run(self) -> None:
        try:
            with self._client:
                self.report = connect_to_backend(self._services, self._client, self._project_id, self._url)
        finally:
            self.on_end()


class WorkingServices:
    """Services of a folder, and their worker, which works when the test says so."""

    def __init__(self, folder: Path, label_studio: Any) -> None:
        self.services = make_services(
            folder,
            HandClock(),
            CountingEmbedder(),
            label_studio_url=label_studio.url,
            label_studio_api_key=label_studio.token,
            max_rounds=1,
            batch_size=2,
        )
        self.jobs = Jobs(self.services)

    def set_up(self, project_id: int, label_config: str) -> None:
        """What `/setup` of a backend does, which Label Studio calls while it registers one."""
        projects = self.services.store.projects
        projects.connect(
            project_id, label_config=label_config, hostname=None, access_token=None, backend_url="http://127.0.0.1:9"
        )
        projects.start(project_id)

    def work(self, project_id: int, n_jobs: int) -> None:
        for _ in range(n_jobs):
            self.jobs.work(project_id)


@pytest.fixture
def worker(label_studio: Any, tmp_path: Path) -> Iterator[WorkingServices]:
    working = WorkingServices(tmp_path / "backend", label_studio)
    assert working.services.store.projects.list_all() == []  # the backend has begun: its store is there
    yield working
    working.services.label_studio().close()
    working.services.store.close()


@pytest.fixture
def backend() -> Iterator[FakeBackendServer]:
    with FakeBackendServer() as server:
        yield server


@pytest.fixture
def proxy(label_studio: Any) -> Iterator[LabelStudioProxy]:
    with LabelStudioProxy(label_studio.url) as running:
        yield running


def reads_project_once_registered(proxy: LabelStudioProxy, project_id: int) -> Callable[[ProxiedRequest], bool]:
    """Whether a request is the read on which connect decides what to serve: it has registered the backend by then."""

    def is_wanted(request: ProxiedRequest) -> bool:
        is_registered = any(made.method == "POST" and made.path.startswith("/api/ml") for made in proxy.requests)
        return is_registered and request.method == "GET" and request.path.startswith(f"/api/projects/{project_id}")

    return is_wanted


def test_the_worker_begins_when_connect_is_done_and_what_it_serves_stays(
    worker: WorkingServices,
    backend: FakeBackendServer,
    proxy: LabelStudioProxy,
    label_studio: Any,
    label_studio_client: LabelStudioClient,
    make_project: ProjectMaker,
) -> None:
    project_id = make_project(TEXTS, ("boats", "trees"))
    gate = proxy.hold(reads_project_once_registered(proxy, project_id))
    connecting = Connecting(worker.services, proxy, label_studio.token, project_id, backend.url)
    connecting.start()
    gate.wait_until_reached()  # connect has read that the backend's title is served
    worker.set_up(project_id, label_studio_client.describe_project(project_id).label_config)

    worker.work(project_id, n_jobs=20)
    assert label_studio_client.count_predictions(project_id).keys() <= {"M-RARU"}, "the worker did not wait"

    gate.opened.set()
    connecting.join()
    assert connecting.report is not None
    assert label_studio_client.describe_project(project_id).model_version is None
    assert len(worker.jobs.huey) == 1, "nobody woke the worker"

    worker.work(project_id, n_jobs=20)
    project = worker.services.store.projects.get(project_id)
    assert project is not None
    assert project.state is not ProjectState.FAILED, project.reason
    assert project.served_version is not None
    assert label_studio_client.describe_project(project_id).model_version == project.served_version


def test_a_connect_that_cannot_keep_the_worker_from_beginning_writes_no_version(
    worker: WorkingServices,
    backend: FakeBackendServer,
    proxy: LabelStudioProxy,
    label_studio: Any,
    label_studio_client: LabelStudioClient,
    make_project: ProjectMaker,
    tmp_path: Path,
) -> None:
    project_id = make_project(TEXTS, ("boats", "trees"))
    elsewhere = Services(worker.services.settings.model_copy(update={"model_dir": tmp_path / "elsewhere"}))
    assert not elsewhere.has_store
    connecting = Connecting(elsewhere, proxy, label_studio.token, project_id, backend.url)
    gate = proxy.hold(reads_project_once_registered(proxy, project_id))
    connecting.on_end = gate.reached.set
    connecting.start()
    gate.wait_until_reached()  # connect has read what is served, or is through without
    worker.set_up(project_id, label_studio_client.describe_project(project_id).label_config)
    worker.work(project_id, n_jobs=20)
    gate.opened.set()
    connecting.join()
    assert connecting.report is not None
    project = worker.services.store.projects.get(project_id)
    assert project is not None
    assert project.served_version is not None
    assert label_studio_client.describe_project(project_id).model_version == project.served_version
    changes = [request for request in proxy.requests if request.method == "PATCH"]
    assert not [request for request in changes if "model_version" in request.body]
