"""A page of another site cannot steer a browser that is logged in here."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fakes.services import MakeServices, connect
from mraru.bootstrap import Services
from mraru.store.projects.project_repository import Project, ProjectState
from mraru.web.flask_app import create_app

AUTH = ("user", "password")
CROSS_SITE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},  # another host of the same domain
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost:8080"},  # Label Studio's pages show what annotators write
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
]
OURS = [
    {},  # a script, the command line, Label Studio itself
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.a.proxy"},
    {"Origin": "http://localhost"},
]


@pytest.fixture
def guarded(new_services: MakeServices) -> Services:
    services = new_services(basic_auth_user=AUTH[0], basic_auth_pass=AUTH[1])
    connect(services)
    services.store.projects.start(1)
    return services


@pytest.fixture
def app(guarded: Services) -> Flask:
    return create_app(guarded, lambda project_id: None)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def known(services: Services) -> Project:
    project = services.store.projects.get(1)
    assert project is not None
    return project


@pytest.mark.parametrize("headers", CROSS_SITE, ids=str)
def test_another_site_neither_pauses_nor_spends(
    client: FlaskClient, guarded: Services, headers: dict[str, str]
) -> None:
    for action in ("pause", "start", "round"):
        answer = client.post(f"/api/projects/1/{action}", json={}, auth=AUTH, headers=headers)
        assert answer.status_code == 403
        assert "another site" in answer.json["error"]
    changed = client.patch("/api/projects/1/settings", json={"set": {"max_cost_usd": 999}}, auth=AUTH, headers=headers)
    assert changed.status_code == 403
    assert (known(guarded).state, known(guarded).rounds_left) == (ProjectState.RUNNING, None)
    assert guarded.store.project_settings.load(1) == {}


@pytest.mark.parametrize("headers", OURS, ids=str)
def test_our_own_pages_and_programs_may(client: FlaskClient, guarded: Services, headers: dict[str, str]) -> None:
    assert client.post("/api/projects/1/pause", json={}, auth=AUTH, headers=headers).status_code == 200
    assert known(guarded).waits_for_people


def test_whatever_changes_something_is_closed_to_other_sites(app: Flask) -> None:
    changing = [
        (method, re.sub(r"<[^>]*>", "1", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"})
    ]
    assert ("PATCH", "/api/projects/1/settings") in changing
    for method, path in changing:
        answer = app.test_client().open(path, method=method, auth=AUTH, headers={"Sec-Fetch-Site": "cross-site"})
        assert (method, path, answer.status_code) == (method, path, 403)


def test_other_sites_get_no_leave_to_send_json(client: FlaskClient) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = client.options("/api/projects/1/pause", auth=AUTH, headers=asked)
    assert not any(name.lower().startswith("access-control-") for name, _ in answer.headers)


def test_a_stranger_is_asked_for_the_password_first(client: FlaskClient) -> None:
    assert client.post("/api/projects/1/pause", json={}).status_code == 401
