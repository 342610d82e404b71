"""Replays what a real Label Studio 1.23 sent, as it was recorded, and looks at what it is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from fakes.clocks import HandClock
from fakes.embedders import CountingEmbedder
from fakes.services import SERVED, clear_environment, make_services
from mraru.bootstrap import Services
from mraru.labelstudio.formats.prediction_json import MARKS_KEY, label_of_result
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.learning.training import student_path
from mraru.projects.syncing.corrections import handle_inbox
from mraru.records import TaskText
from mraru.store.projects.project_repository import ProjectState
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.student_files import save_student
from mraru.web.flask_app import create_app

RECORDED = Path(__file__).parent.parent / "fixtures" / "label_studio"
WEBHOOKS = sorted(path.stem for path in RECORDED.glob("webhook_*.json"))
PROJECT_ID = 2  # that of the recording


def recorded(name: str) -> dict[str, Any]:
    exchange: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    return exchange


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    clear_environment(monkeypatch, tmp_path)
    made = make_services(tmp_path, HandClock(), CountingEmbedder())
    yield made
    made.store.close()


@pytest.fixture
def woken() -> list[int]:
    return []


@pytest.fixture
def client(services: Services, woken: list[int]) -> FlaskClient:
    return create_app(services, woken.append).test_client()


def replay(client: FlaskClient, name: str) -> Any:
    exchange = recorded(name)
    body = None if exchange["body"] is None else json.dumps(exchange["body"])
    return client.open(exchange["path"], method=exchange["method"], headers=exchange["headers"], data=body)


@pytest.fixture
def connected(client: FlaskClient) -> None:
    assert replay(client, "setup").status_code == 200


def test_the_recording_holds_every_request_that_label_studio_makes() -> None:
    paths = {recorded(path.stem)["path"] for path in RECORDED.glob("*.json")}
    assert paths == {"/health", "/setup", "/predict", "/versions", "/webhook"}
    assert len(WEBHOOKS) >= 8


def test_health_is_answered(client: FlaskClient) -> None:
    answer = replay(client, "health")
    assert answer.status_code == recorded("health")["response_status"] == 200
    assert answer.json["status"] == "UP"


def test_setup_is_answered_and_noted(client: FlaskClient, services: Services, woken: list[int]) -> None:
    answer = replay(client, "setup")
    assert answer.status_code == recorded("setup")["response_status"] == 200
    assert answer.json == {"model_version": "mraru-untrained"}
    project = services.store.projects.get(PROJECT_ID)
    assert project is not None
    assert project.label_config == recorded("setup")["body"]["schema"]
    assert (project.state, project.start_asked_at) == (ProjectState.CONNECTED, services.clock())
    assert woken == [PROJECT_ID]


@pytest.mark.usefixtures("connected")
def test_predict_is_put_off_before_the_first_round(client: FlaskClient) -> None:
    answer = replay(client, "predict")
    assert answer.status_code == 503
    assert "results" not in answer.json


@pytest.mark.usefixtures("connected")
def test_predict_is_answered_as_label_studio_stores_it(client: FlaskClient, services: Services, tmp_path: Path) -> None:
    schema = parse_label_config(recorded("predict")["body"]["label_config"])
    student = LogisticRegressionStudent(0)
    student.fit(CountingEmbedder().embed(["x", "y"]), np.array(schema.labels))
    save_student(student, student_path(tmp_path, PROJECT_ID, 1))
    services.store.projects.set_served(PROJECT_ID, SERVED, 1)
    answer = replay(client, "predict")
    assert answer.status_code == recorded("predict")["response_status"] == 200
    (entry,) = answer.json["results"]
    assert label_of_result(entry["result"], schema) in schema.labels
    # and a mark of ours, by which what Label Studio copies from it is told from what people say
    assert entry["result"][0].keys() - {MARKS_KEY} == {"from_name", "to_name", "type", "value"}
    assert 0.0 <= entry["score"] <= 1.0
    assert entry["model_version"] == answer.json["model_version"] == replay(client, "setup").json["model_version"]


@pytest.mark.usefixtures("connected")
def test_versions_are_answered(client: FlaskClient, services: Services) -> None:
    services.store.projects.set_served(PROJECT_ID, SERVED, 1)
    answer = replay(client, "versions")
    assert answer.status_code == recorded("versions")["response_status"] == 200
    assert answer.json == {"versions": [SERVED]}


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize("name", WEBHOOKS)
def test_every_webhook_is_written_down_and_can_be_dealt_with(
    client: FlaskClient, services: Services, name: str
) -> None:
    answer = replay(client, name)
    assert answer.status_code in (200, 201)  # what Label Studio takes for success
    (event,) = services.store.events.list_open(PROJECT_ID)
    assert event.action == recorded(name)["body"]["action"]
    assert event.is_trusted == ("x-mraru-secret" in recorded(name)["headers"])
    assert handle_inbox(services.store, PROJECT_ID, services.clock) == (event.action == "START_TRAINING")
    with services.store.database.read() as connection:
        (row,) = connection.exec_driver_sql("SELECT error, payload FROM events")
    assert tuple(row) == (None, "")


@pytest.mark.usefixtures("connected")
def test_a_recorded_annotation_becomes_gold_and_its_deletion_takes_it_back(
    client: FlaskClient, services: Services
) -> None:
    created = recorded("webhook_annotation_created")["body"]
    services.store.tasks.save(
        PROJECT_ID, [TaskText(task_id=created["task"]["id"], text=created["task"]["data"]["text"])]
    )
    replay(client, "webhook_annotation_created")
    handle_inbox(services.store, PROJECT_ID, services.clock)
    ((annotation,),) = services.store.annotations.list_by_text(PROJECT_ID).values()
    assert (annotation.annotation_id, annotation.is_gold) == (created["annotation"]["id"], True)
    assert annotation.label == created["annotation"]["result"][0]["value"]["choices"][0]
    replay(client, "webhook_annotation_updated")
    handle_inbox(services.store, PROJECT_ID, services.clock)
    updated = recorded("webhook_annotation_updated")["body"]["annotation"]
    ((annotation,),) = services.store.annotations.list_by_text(PROJECT_ID).values()
    assert annotation.updated_at == updated["updated_at"]
    replay(client, "webhook_annotations_deleted")
    handle_inbox(services.store, PROJECT_ID, services.clock)
    assert services.store.annotations.count(PROJECT_ID) == 0
