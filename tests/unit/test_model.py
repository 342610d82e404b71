"""The engine behind label-studio-ml's own server, where that is installed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("label_studio_ml.response", reason="label-studio-ml 2.x (GitHub only) is not installed")

BACKEND = Path(__file__).parents[2] / "backend"
CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="label" toName="text">'
    '<Choice value="first"/><Choice value="second"/></Choices></View>'
)


def test_label_studio_mls_server_answers_with_our_predictions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mraru.bootstrap import Services
    from mraru.loop.training import student_path
    from mraru.settings import load_settings
    from mraru.students.persistence import save_student

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODEL_DIR", str(tmp_path))
    monkeypatch.setenv("MRARU_AUTO_START", "false")
    monkeypatch.syspath_prepend(str(BACKEND))
    api = importlib.import_module("label_studio_ml.api")
    sys.modules.pop("model", None)
    client = api.init_app(importlib.import_module("model").MRaru).test_client()
    setup = {"project": "1.17", "schema": CONFIG, "hostname": "http://localhost", "access_token": "t"}
    assert client.post("/setup", json=setup).json == {"model_version": "mraru-untrained"}

    services = Services(load_settings())
    student = services.make_student()
    student.fit(services.embedder.embed(["alpha", "beta"]), np.array(["first", "second"]))
    path = student_path(tmp_path, 1, 1)
    path.parent.mkdir(parents=True)
    save_student(student, path)
    services.store.projects.set_served(1, "mraru", 1)

    tasks = [{"id": 1, "data": {"text": "alpha"}}, {"id": 2, "data": {}}, {"id": 3, "data": {"text": "beta"}}]
    body = {"tasks": tasks, "project": "1.17", "label_config": CONFIG, "params": {"context": None}}
    results = client.post("/predict", json=body).json["results"]
    assert [entry and entry["result"][0]["value"]["choices"] for entry in results] == [["first"], [], ["second"]]
    assert client.post("/setup", json=setup).json == {"model_version": "mraru"}
    event = {"action": "START_TRAINING", "project": {"id": 1, "label_config": CONFIG}}
    assert client.post("/webhook", json=event).status_code == 201
    assert [row.action for row in services.store.events.list_open(1)] == ["START_TRAINING"]
    services.store.close()
