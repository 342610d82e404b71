from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from fakes.services import connect
from mraru.bootstrap import Services

BODY = {"action": "ANNOTATION_CREATED", "project": {"id": 1, "title": "Übung"}, "annotation": {"id": 5}}


@pytest.mark.parametrize(
    ("headers", "is_trusted"),
    [
        ({"X-MRARU-Secret": "a-secret"}, True),
        ({"x-mraru-secret": "a-secret"}, True),
        ({"X-MRARU-Secret": "another"}, False),
        ({"X-MRARU-Secret": "a-secre"}, False),
        ({"X-MRARU-Secret": ""}, False),
        ({}, False),
    ],
)
def test_a_webhook_is_written_down_and_trusted_only_with_the_secret(
    client: FlaskClient, services: Services, woken: list[int], headers: dict[str, str], is_trusted: bool
) -> None:
    connect(services)
    answer = client.post("/webhook", json=BODY, headers=headers)
    assert (answer.status_code, answer.json) == (201, {"status": "written down"})
    (event,) = services.store.events.list_open(1)
    assert (event.action, event.is_trusted, json.loads(event.payload)) == ("ANNOTATION_CREATED", is_trusted, BODY)
    assert woken == [1]


def test_a_webhook_only_writes_down(client: FlaskClient, services: Services) -> None:
    connect(services)
    before = services.store.projects.get(1)
    client.post("/webhook", json=BODY, headers={"X-MRARU-Secret": "a-secret"})
    assert services.store.projects.get(1) == before
    assert services.store.annotations.count(1) == 0


def test_a_webhook_of_an_unknown_project_is_ignored(client: FlaskClient, services: Services, woken: list[int]) -> None:
    connect(services, 2)
    answer = client.post("/webhook", json=BODY, headers={"X-MRARU-Secret": "a-secret"})
    assert answer.status_code == 200
    assert answer.json["status"] == "ignored"
    assert services.store.events.count_open() == 0
    assert services.store.projects.get(1) is None
    assert woken == []


def test_an_action_of_a_later_label_studio_is_written_down_too(client: FlaskClient, services: Services) -> None:
    connect(services)
    assert client.post("/webhook", json={"action": "NEW_THING", "project": {"id": 1}}).status_code == 201
    assert [event.action for event in services.store.events.list_open(1)] == ["NEW_THING"]
