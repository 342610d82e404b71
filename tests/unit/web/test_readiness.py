"""`/ready`: 200 or 503, with what is wrong in words; cheap however often it is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from fakes.clocks import HandClock
from fakes.disks import damage_pages, no_room
from fakes.known_user import KnowsUser
from fakes.services import MakeClient, MakeServices
from mraru.bootstrap import Services
from mraru.errors import LabelStudioError, LabelStudioRefused, LabelStudioUnreachable
from mraru.store.projects.worker_locks import hold_worker_lock
from mraru.web.monitoring import readiness
from mraru.web.monitoring.readiness import KEPT_S, LABEL_STUDIO_KEPT_S, Kept

URL = "http://labels.example"
WAIT_S = 10.0  # seconds; nothing takes so long unless it hangs


@pytest.fixture
def label_studio() -> KnowsUser:
    return KnowsUser()


@pytest.fixture
def set_up(new_services: MakeServices, label_studio: KnowsUser) -> Services:
    services = new_services(label_studio_url=URL)
    services.open_label_studio = label_studio.open  # type: ignore[method-assign,assignment]
    return services


@pytest.fixture
def worker(set_up: Services) -> Iterator[None]:
    with hold_worker_lock(set_up.settings.model_dir):
        yield


@pytest.fixture
def client(set_up: Services, make_client: MakeClient) -> FlaskClient:
    return make_client(set_up)


def failed(client: FlaskClient) -> dict[str, str]:
    """The checks that say no, and why; the status agrees."""
    answer = client.get("/ready")
    found = {check["name"]: check["message"] for check in answer.json["checks"] if not check["ok"]}
    assert (answer.status_code, answer.json["status"]) == ((503, "NOT READY") if found else (200, "READY"))
    assert [check["name"] for check in answer.json["checks"]] == ["store", "worker", "disk", "Label Studio"]
    return found


@pytest.mark.usefixtures("worker")
def test_where_all_is_well_it_is_ready(client: FlaskClient) -> None:
    assert failed(client) == {}


def test_without_a_worker_it_is_not(client: FlaskClient) -> None:
    assert list(failed(client)) == ["worker"]
    assert "mraru serve" in failed(client)["worker"]


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (LabelStudioUnreachable("secret.example did not answer"), "does not answer"),
        (LabelStudioRefused("token eyJhush", status=401), "does not accept LABEL_STUDIO_API_KEY"),
        (LabelStudioError("<html>hush</html>"), "is no Label Studio"),
    ],
)
def test_label_studios_faults_are_told_apart_and_its_words_are_not_repeated(
    client: FlaskClient, label_studio: KnowsUser, error: LabelStudioError, said: str
) -> None:
    label_studio.error = error
    message = failed(client)["Label Studio"]
    assert said in message
    assert "hush" not in message
    assert "secret" not in message


def test_without_label_studios_address_it_is_not_ready(services: Services, make_client: MakeClient) -> None:
    assert "LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY are not set" in failed(make_client(services))["Label Studio"]


def test_where_each_project_brings_its_own_address_label_studio_is_not_asked(
    new_services: MakeServices, make_client: MakeClient
) -> None:
    assert "Label Studio" not in failed(make_client(new_services(allow_setup_token=True)))


@pytest.mark.usefixtures("worker")
def test_a_disk_that_is_nearly_full_is_told(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "ROOM_BYTES", 10**18)
    assert "MB are free" in failed(client)["disk"]


@pytest.mark.usefixtures("worker")
def test_a_folder_that_takes_no_more_is_told(client: FlaskClient) -> None:
    with no_room():
        found = failed(client)
    assert list(found) == ["store"]
    assert "cannot be written" in found["store"]


@pytest.mark.usefixtures("worker")
def test_a_damaged_store_is_told_without_its_path(client: FlaskClient, set_up: Services) -> None:
    set_up.store.close()
    damage_pages(set_up.store_path, "projects")
    message = failed(client)["store"]
    assert "cannot be used (StoreDamaged)" in message
    assert str(set_up.settings.model_dir) not in message


@pytest.mark.usefixtures("worker")
def test_a_store_that_is_being_written_to_is_fine(
    client: FlaskClient, set_up: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "BUSY_S", 0.01)
    with set_up.store.database.write():
        assert failed(client) == {}


@pytest.mark.usefixtures("worker")
def test_however_often_it_is_asked_label_studio_is_asked_once_in_a_while(
    client: FlaskClient, label_studio: KnowsUser, clock: HandClock
) -> None:
    for _ in range(20):
        failed(client)
    assert label_studio.n_asked == 1
    clock.advance(LABEL_STUDIO_KEPT_S)
    failed(client)
    assert label_studio.n_asked == 2
    clock.advance(-(10**6))  # set back: what is known is of no known age
    failed(client)
    assert label_studio.n_asked == 3


def test_what_changes_here_is_seen_after_some_seconds(client: FlaskClient, set_up: Services, clock: HandClock) -> None:
    assert list(failed(client)) == ["worker"]
    with hold_worker_lock(set_up.settings.model_dir):
        assert list(failed(client)) == ["worker"]
        clock.advance(KEPT_S)
        assert failed(client) == {}


def test_of_many_who_ask_at_once_one_looks_and_the_others_do_not_wait(clock: HandClock) -> None:
    is_looking, may_end = threading.Event(), threading.Event()
    answers = iter(["first", "second"])

    def look() -> str:
        answer = next(answers)
        if answer == "second":
            is_looking.set()
            assert may_end.wait(WAIT_S)
        return answer

    kept = Kept(look, 1.0, clock)
    assert kept.get() == "first"
    clock.advance(1.0)
    looker = threading.Thread(target=kept.get)
    looker.start()
    assert is_looking.wait(WAIT_S)
    assert kept.get() == "first"  # at once, and nobody else looks
    may_end.set()
    looker.join(WAIT_S)
    assert kept.get() == "second"


def test_strangers_are_told_nothing(new_services: MakeServices, make_client: MakeClient) -> None:
    client = make_client(new_services(basic_auth_user="user", basic_auth_pass="pass"))
    assert client.get("/ready").status_code == 401
    assert client.get("/ready", auth=("user", "pass")).status_code == 503
