from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fakes.services import MakeServices, connect
from mraru.bootstrap import Services
from mraru.web.app import create_app

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
    assert {path for _, path in routes} >= {"/", "/health", "/setup", "/predict", "/webhook", "/versions", "/metrics"}
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


def test_without_a_password_set_everybody_may_ask(new_services: MakeServices) -> None:
    client = create_app(new_services(), lambda project_id: None).test_client()
    assert client.get("/health").status_code == 200
    assert client.get("/health", auth=("any", "body")).status_code == 200
