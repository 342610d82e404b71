from __future__ import annotations

import base64
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fakes.services import MakeServices, connect
from mraru.bootstrap import Services
from mraru.web.flask_app import create_app

PASSWORD = "pässword"
WEBHOOK = {"action": "TASKS_CREATED", "project": {"id": 1}}


@pytest.fixture
def guarded(new_services: MakeServices) -> Services:
    services = new_services(basic_auth_user="user", basic_auth_pass=PASSWORD)
    connect(services)
    return services


@pytest.fixture
def app(guarded: Services) -> Flask:
    return create_app(guarded, lambda project_id: None)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def routes_of(app: Flask) -> list[tuple[str, str]]:
    return [
        (method, re.sub(r"<[^>]*>", "1", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods or ())
    ]


def test_every_route_asks_for_the_password(app: Flask) -> None:
    routes = routes_of(app)
    known = {"/", "/health", "/ready", "/setup", "/predict", "/webhook", "/versions", "/metrics"}
    assert {path for _, path in routes} >= known
    for method, path in routes:
        answer = app.test_client().open(path, method=method)
        assert (method, path, answer.status_code) == (method, path, 401)
        assert answer.headers["WWW-Authenticate"].lower().startswith("basic")


def test_every_route_lets_the_right_password_pass(app: Flask) -> None:
    for method, path in routes_of(app):
        answer = app.test_client().open(path, method=method, auth=("user", PASSWORD))
        assert answer.status_code != 401, (method, path)


def test_a_route_that_does_not_exist_tells_strangers_nothing(client: FlaskClient) -> None:
    assert client.get("/no/such/route").status_code == 401


@pytest.mark.parametrize(
    "auth", [("user", "wrong"), ("other", PASSWORD), ("user", ""), ("", ""), (PASSWORD, "user"), ("user ", PASSWORD)]
)
def test_wrong_names_and_passwords_are_refused_in_json(client: FlaskClient, auth: tuple[str, str]) -> None:
    answer = client.get("/health", auth=auth)
    assert answer.status_code == 401
    assert "BASIC_AUTH_USER" in answer.json["error"]
    assert PASSWORD not in answer.text


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_password_passes_as_browsers_and_as_label_studio_encode_it(client: FlaskClient, encoding: str) -> None:
    sent = base64.b64encode(f"user:{PASSWORD}".encode(encoding)).decode()
    assert client.get("/health", headers={"Authorization": f"Basic {sent}"}).status_code == 200


def test_what_latin_1_cannot_spell_is_not_passed_by_a_question_mark(new_services: MakeServices) -> None:
    client = create_app(new_services(basic_auth_user="user", basic_auth_pass="żółw"), lambda _: None).test_client()
    sent = base64.b64encode(b"user:????").decode()
    assert client.get("/health", headers={"Authorization": f"Basic {sent}"}).status_code == 401
    assert client.get("/health", auth=("user", "żółw")).status_code == 200


def test_guessing_is_slowed_down_and_logged(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    codes = [client.get("/health", auth=("user", f"guess {number}")).status_code for number in range(12)]
    assert codes == [401] * 10 + [429] * 2
    answer = client.get("/no/such/route", auth=("user", PASSWORD))  # else a guesser would learn which one is right
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    elsewhere = client.get("/health", auth=("user", PASSWORD), environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 200
    logged = [record.getMessage() for record in caplog.records if record.__dict__.get("event") == "login_refused"]
    assert logged == ["a login as 'user' from 127.0.0.1 was refused"] * 10
    assert not any("guess" in line for line in logged)


def test_a_label_studio_with_an_old_password_locks_nobody_out(client: FlaskClient) -> None:
    for _ in range(50):
        assert client.get("/health", auth=("user", "of last year")).status_code == 401
    assert client.get("/health", auth=("user", PASSWORD)).status_code == 200


def test_a_token_is_no_password(client: FlaskClient) -> None:
    assert client.get("/health", headers={"Authorization": f"Bearer {PASSWORD}"}).status_code == 401
    assert client.get("/health", headers={"Authorization": "Basic !!!"}).status_code == 401


def test_label_studios_own_webhook_passes_with_the_secret(client: FlaskClient, guarded: Services) -> None:
    answer = client.post("/webhook", json=WEBHOOK, headers={"X-MRARU-Secret": "a-secret"})
    assert answer.status_code == 201
    assert [event.is_trusted for event in guarded.store.events.list_open(1)] == [True]


@pytest.mark.parametrize("headers", [{}, {"X-MRARU-Secret": ""}, {"X-MRARU-Secret": "a-secret-"}])
def test_a_webhook_without_the_secret_does_not_pass(
    client: FlaskClient, guarded: Services, headers: dict[str, str]
) -> None:
    assert client.post("/webhook", json=WEBHOOK, headers=headers).status_code == 401
    assert guarded.store.events.list_open(1) == []


def test_the_secret_opens_no_other_route(app: Flask) -> None:
    for method, path in routes_of(app):
        if path != "/webhook":
            answer = app.test_client().open(path, method=method, headers={"X-MRARU-Secret": "a-secret"})
            assert (method, path, answer.status_code) == (method, path, 401)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_without_a_login_this_machine_may_ask(services: Services, address: str) -> None:
    client = create_app(services, lambda project_id: None).test_client()
    for auth in (None, ("any", "body")):
        assert client.get("/health", auth=auth, environ_base={"REMOTE_ADDR": address}).status_code == 200


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "172.17.0.1", "2001:db8::1", "::ffff:192.0.2.7", "x"])
@pytest.mark.parametrize("settings", [{}, {"unsafe_no_login": True}, {"basic_auth_user": "u", "basic_auth_pass": "p"}])
def test_other_machines_need_a_login_or_a_setting_that_says_it_is_unsafe(
    new_services: MakeServices, address: str, settings: dict[str, object]
) -> None:
    app = create_app(new_services(**settings), lambda project_id: None)
    for method, path in routes_of(app):
        answer = app.test_client().open(path, method=method, environ_base={"REMOTE_ADDR": address}, auth=("u", "p"))
        assert (answer.status_code == 403) == (not settings), (method, path)
    said = app.test_client().get("/health", environ_base={"REMOTE_ADDR": address}, auth=("u", "p")).text
    assert ("BASIC_AUTH_USER" in said) == (not settings)


OWN = ["localhost", "localhost:9090", "127.0.0.1:9090", "[::1]:9090", "LOCALHOST", "mraru.localhost", "localhost."]
FOREIGN = [
    "evil.example",
    "evil.example:9090",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "192.0.2.7",
    "[",
    "",
]


@pytest.mark.parametrize(
    ("settings", "hosts", "status"),
    [
        ({}, [*OWN, "host.docker.internal:9090"], 200),
        ({}, FOREIGN, 403),
        ({"allowed_hosts": "mraru.example, Backend"}, [*OWN, "mraru.example", "backend:9090"], 200),
        ({"allowed_hosts": "mraru.example"}, FOREIGN, 403),
        ({"basic_auth_user": "u", "basic_auth_pass": "p"}, [*OWN, "evil.example", "192.0.2.7"], 200),
        ({"basic_auth_user": "u", "basic_auth_pass": "p", "allowed_hosts": "mraru.example"}, FOREIGN, 403),
        ({"unsafe_no_login": True}, [*OWN, "evil.example"], 200),
    ],
)
def test_a_page_of_another_site_cannot_pass_its_name_for_ours(
    new_services: MakeServices, settings: dict[str, object], hosts: list[str], status: int
) -> None:
    client = create_app(new_services(**settings), lambda project_id: None).test_client()
    for host in hosts:
        answer = client.get("/health", headers={"Host": host}, auth=("u", "p"))
        assert (host, answer.status_code) == (host, status)
        assert status == 200 or "MRARU_ALLOWED_HOSTS" in answer.text
