"""The engine behind label-studio-ml's own server: the real one where it is installed, else one that does the same."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fakes.label_studio_ml_server import make_modules
from mraru.bootstrap import Services
from mraru.projects.learning.training import student_path
from mraru.settings import load_settings
from mraru.students.student_files import save_student

BACKEND = Path(__file__).parents[2] / "backend"
CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="label" toName="text">'
    '<Choice value="first"/><Choice value="second"/></Choices></View>'
)
UNSUPPORTED = '<View><Image name="image" value="$image"/></View>'
SETUP = {"project": "1.17", "schema": CONFIG, "hostname": "http://localhost", "access_token": "t"}
TASKS = [{"id": 1, "data": {"text": "alpha"}}, {"id": 2, "data": {}}, {"id": 3, "data": {"text": "beta"}}]
PREDICT = {"tasks": TASKS, "project": "1.17", "label_config": CONFIG, "params": {"context": None}}

Post = Callable[[str, object], Any]


def is_real() -> bool:
    try:
        importlib.import_module("label_studio_ml.response")  # 1.0.9 of PyPI has none
    except ImportError:
        return False
    return True


@pytest.fixture
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Post:
    """`post(path, body)`: what label-studio-ml's server answers with our class."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"MODEL_DIR": str(tmp_path), "MRARU_AUTO_START": "false"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(BACKEND))
    if not is_real():
        for name, module in make_modules().items():
            monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "model", raising=False)
    api = importlib.import_module("label_studio_ml.api")
    client = api.init_app(importlib.import_module("model").MRaru).test_client()
    return lambda path, body: client.post(path, json=body)


@pytest.fixture
def services(post: Post) -> Iterator[Services]:
    """The same store as the server's."""
    services = Services(load_settings())
    yield services
    services.store.close()


@pytest.fixture
def trained(post: Post, services: Services) -> Services:
    """Project 1 is set up and has a student."""
    assert post("/setup", SETUP).json == {"model_version": "mraru-untrained"}
    student = services.students.make()
    student.fit(services.embedder.embed(["alpha", "beta"]), np.array(["first", "second"]))
    path = student_path(services.settings.model_dir, 1, 1)
    path.parent.mkdir(parents=True)
    save_student(student, path)
    services.store.projects.set_served(1, "mraru", 1)
    return services


def labels(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    return [entry and entry["result"][0]["value"]["choices"] for entry in answer.json["results"]]


def test_label_studio_mls_server_answers_with_our_predictions(post: Post, trained: Services) -> None:
    assert labels(post("/predict", PREDICT)) == [["first"], [], ["second"]]
    assert post("/setup", SETUP).json == {"model_version": "mraru"}
    event = {"action": "START_TRAINING", "project": {"id": 1, "label_config": CONFIG}}
    answer = post("/webhook", event)
    assert (answer.status_code, answer.json["result"]) == (201, {"written_down": True})
    assert [row.action for row in trained.store.events.list_open(1)] == ["START_TRAINING"]


@pytest.mark.parametrize("left_out", [{"project"}, {"label_config"}, {"project", "label_config"}])
def test_a_request_without_project_or_numbers_of_tasks_is_about_the_only_project(
    post: Post, trained: Services, left_out: set[str]
) -> None:
    body = {name: value for name, value in PREDICT.items() if name not in left_out}
    body["tasks"] = [{"data": task["data"]} for task in TASKS]
    assert labels(post("/predict", body)) == [["first"], [], ["second"]]
    assert trained.store.predictions.load(1, "mraru", [-3, -2, -1]) == {}


def test_among_several_projects_one_must_be_named(post: Post, trained: Services) -> None:
    assert post("/setup", SETUP | {"project": "2.17"}).status_code == 200
    answer = post("/predict", {name: value for name, value in PREDICT.items() if name != "project"})
    assert answer.status_code == 400
    assert "names no project" in answer.json["detail"]


def test_before_the_first_student_a_prediction_is_refused_for_a_while_without_a_traceback(post: Post) -> None:
    assert post("/setup", SETUP).status_code == 200
    answer = post("/predict", PREDICT)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert answer.json["result"] == {"traceback": ""}
    assert "student" in answer.json["detail"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/setup", SETUP | {"schema": UNSUPPORTED}),
        ("/setup", SETUP | {"project": "None"}),
        ("/predict", PREDICT | {"label_config": UNSUPPORTED}),
        ("/predict", PREDICT | {"tasks": [{"id": "one"}]}),
        ("/predict", PREDICT | {"tasks": None}),
        ("/webhook", {"action": "START_TRAINING", "project": {"id": 0, "label_config": CONFIG}}),
        ("/webhook", {"action": "START_TRAINING", "project": {"id": 1, "label_config": UNSUPPORTED}}),
    ],
)
def test_what_cannot_be_used_is_refused_with_400_and_no_traceback(post: Post, path: str, body: object) -> None:
    answer = post(path, body)
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_a_webhook_of_a_project_that_was_never_set_up_connects_nothing(post: Post, services: Services) -> None:
    event = {"action": "START_TRAINING", "project": {"id": 7, "label_config": CONFIG}}
    assert post("/webhook", event).json["result"] == {"written_down": False}
    assert post("/predict", PREDICT | {"project": "8.1"}).status_code == 503
    assert services.store.projects.list_all() == []


def test_the_store_is_open_before_the_first_request(post: Post, tmp_path: Path) -> None:
    assert (tmp_path / "mraru.sqlite3").exists()
    assert (tmp_path / "webhook-secret").exists()
