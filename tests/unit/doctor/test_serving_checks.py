from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

import pytest

from fakes.examined import WELL
from fakes.label_studio_connected import FakeRegistrations, registered
from fakes.odd_server import odd_server
from fakes.services import MakeServices
from mraru.doctor.examined import Examined
from mraru.doctor.findings import Severity
from mraru.doctor.label_studio.registration import check_backends
from mraru.doctor.serving import MODEL_CLASS, check_own_address, check_worker
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.worker_locks import FOLDER, hold_worker_lock
from mraru.web.labelstudio_api import protocol_routes as protocol

ExamineProject = Callable[..., Examined]
HEALTH = json.dumps({"status": "UP", "model_class": "MRaru"})
NOBODY = "http://127.0.0.1:9"


def test_the_health_that_is_looked_for_is_the_one_that_is_answered() -> None:
    assert MODEL_CLASS == protocol.MODEL_CLASS


@pytest.mark.parametrize(
    ("state", "severity"),
    [(ProjectState.RUNNING, Severity.ERROR), (ProjectState.PAUSED, Severity.ERROR), (None, Severity.WARNING)],
)
def test_that_no_worker_is_alive_is_told(
    examine_project: ExamineProject, state: ProjectState | None, severity: Severity
) -> None:
    examined = examine_project()
    if state is None:
        examined.services.store.projects.await_start(1)
    else:
        examined.services.store.projects.set_state(1, state)
    (finding,) = check_worker(examined)
    assert (finding.code, finding.severity) == ("worker-dead", severity)
    assert ("wait for one: 1" in finding.message) == (state is not None)


@pytest.mark.parametrize(("n_workers", "codes"), [(1, []), (2, ["several-workers"])])
def test_one_worker_is_well_and_two_are_told(examine_project: ExamineProject, n_workers: int, codes: list[str]) -> None:
    examined = examine_project()
    with ExitStack() as stack:
        for _ in range(n_workers):
            stack.enter_context(hold_worker_lock(examined.model_dir))
        assert [finding.code for finding in check_worker(examined)] == codes


def test_locks_that_cannot_be_read_are_told(examine_project: ExamineProject) -> None:
    examined = examine_project()
    (examined.model_dir / FOLDER / "host:1:a.lock").mkdir(parents=True)  # a folder, which cannot be opened
    (finding,) = check_worker(examined)
    assert (finding.code, finding.severity) == ("worker-not-seen", Severity.INFO)


def test_this_backend_at_its_address_is_well(new_services: MakeServices) -> None:
    with odd_server(lambda path: (200, HEALTH) if path == "/health" else (404, "")) as url:
        assert list(check_own_address(Examined(new_services(backend_url=url), WELL, None))) == []


def test_its_login_is_sent(new_services: MakeServices) -> None:
    sent = []
    login = {"basic_auth_user": "ann", "basic_auth_pass": "hush"}
    with odd_server(lambda path, authorization: (sent.append(authorization) or 200, HEALTH)) as url:
        assert list(check_own_address(Examined(new_services(backend_url=url, **login), WELL, None))) == []
    assert sent == ["Basic YW5uOmh1c2g="]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, '{"error": "User name and password are needed"}', "backend-refuses"),
        (403, '{"error": "does not go by the name"}', "backend-refuses"),
        (200, '{"status": "UP", "model_class": "NER"}', "backend-is-another"),
        (200, "<html>", "backend-is-another"),
        (404, "", "backend-is-another"),
    ],
)
def test_what_else_answers_at_its_address_is_told(
    new_services: MakeServices, status: int, body: str, code: str
) -> None:
    with odd_server(lambda path: (status, body)) as url:
        (finding,) = check_own_address(Examined(new_services(backend_url=url), WELL, None))
    assert (finding.code, finding.severity) == (code, Severity.ERROR)
    assert code != "backend-refuses" or json.loads(body)["error"] in finding.message


@pytest.mark.parametrize("host", ["backend", "docker_backend_1", "ml_backend.local"])
def test_the_name_of_a_container_is_no_address_for_label_studio(new_services: MakeServices, host: str) -> None:
    found = list(check_own_address(Examined(new_services(backend_url=f"http://{host}:9"), WELL, None)))
    assert [(finding.code, finding.severity) for finding in found] == [
        ("backend-address-unfit", Severity.ERROR),
        ("backend-not-answering", Severity.ERROR),
    ]


def test_an_address_where_nobody_answers_is_told(new_services: MakeServices) -> None:
    (finding,) = check_own_address(Examined(new_services(backend_url=NOBODY), WELL, None))
    assert (finding.code, finding.severity) == ("backend-not-answering", Severity.ERROR)


def test_a_backend_that_answers_nobody_is_told_once(examine_project: ExamineProject, studio: FakeRegistrations) -> None:
    studio.backends = [registered(NOBODY, is_connected=False, error_message="connection refused")]
    examined = examine_project(backend_url=NOBODY)
    found = [finding.code for finding in (*check_own_address(examined), *check_backends(examined))]
    assert found == ["backend-not-answering"]


def test_where_label_studio_reaches_it_and_this_machine_does_not_nothing_is_wrong(
    examine_project: ExamineProject, studio: FakeRegistrations
) -> None:
    studio.backends = [registered(NOBODY)]
    (finding,) = check_own_address(examine_project(backend_url=NOBODY))
    assert (finding.code, finding.severity) == ("backend-not-seen-from-here", Severity.INFO)


@pytest.mark.parametrize("is_connected", [True, False])
def test_a_local_address_for_a_label_studio_elsewhere_is_told_unless_it_is_reached(
    examine_project: ExamineProject, studio: FakeRegistrations, is_connected: bool
) -> None:
    with odd_server(lambda path: (200, HEALTH)) as url:
        studio.backends = [replace(registered(url), is_connected=is_connected)]
        examined = examine_project(backend_url=url, label_studio_url="http://label-studio.example:8080")
        codes = [finding.code for finding in check_own_address(examined)]
    assert codes == ([] if is_connected else ["backend-address-local"])
