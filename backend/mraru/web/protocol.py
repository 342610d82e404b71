"""Label Studio's ML backend protocol, with the shapes of label-studio-ml 2.x, as Label Studio 1.23 speaks it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from mraru import __version__
from mraru.bootstrap import Services
from mraru.labelstudio.label_config import parse_label_config, read_text
from mraru.labelstudio.predictions import to_result
from mraru.records import LabelSchema, Prediction, TaskText
from mraru.store.projects import ProjectState
from mraru.web.auth import carries_secret
from mraru.web.bodies import PredictBody, SetupBody, WebhookBody

logger = logging.getLogger(__name__)

MODEL_CLASS = "MRaru"


def make_protocol_blueprint(services: Services, wake: Callable[[int], None]) -> Blueprint:
    """The routes that Label Studio calls."""
    blueprint = Blueprint("protocol", __name__)
    store = services.store

    @blueprint.get("/")
    @blueprint.get("/health")
    def health() -> ResponseReturnValue:
        return {"status": "UP", "model_class": MODEL_CLASS, "version": __version__}

    @blueprint.post("/setup")
    def setup() -> ResponseReturnValue:
        body = SetupBody.model_validate(_read_json())
        parse_label_config(body.label_config)
        is_new = store.projects.connect(
            body.project,
            label_config=body.label_config,
            hostname=body.hostname,
            access_token=body.access_token,
            backend_url=request.url_root.rstrip("/"),
        )
        if is_new and services.settings.auto_start:
            store.projects.set_state(body.project, ProjectState.RUNNING)
            wake(body.project)
        return {"model_version": services.predictor.served_version(body.project)}

    @blueprint.post("/predict")
    def predict() -> ResponseReturnValue:
        body = PredictBody.model_validate(_read_json())
        schema = parse_label_config(body.label_config)
        tasks = [TaskText(task_id=task.id, text=read_text(task.data, schema)) for task in body.tasks]
        version, predictions = services.predictor.predict(body.project, schema, tasks)
        return {"results": [_to_entry(schema, prediction) for prediction in predictions], "model_version": version}

    @blueprint.post("/webhook")
    def webhook() -> ResponseReturnValue:
        payload = _read_json()
        body = WebhookBody.model_validate(payload)
        if store.projects.get(body.project.id) is None:
            return {"status": "ignored", "detail": f"project {body.project.id} is not connected"}
        store.events.add(
            body.project.id,
            action=body.action,
            payload=json.dumps(payload),
            is_trusted=carries_secret(services.webhook_secret),
        )
        wake(body.project.id)
        return {"status": "written down"}, 201

    @blueprint.get("/versions")
    def versions() -> ResponseReturnValue:
        projects = store.projects.list_all()
        return {"versions": sorted({project.served_version for project in projects if project.served_version})}

    return blueprint


def _read_json() -> object:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    return body


def _to_entry(schema: LabelSchema, prediction: Prediction | None) -> dict[str, object]:
    """One entry of `results`; `{}` is one that Label Studio skips, for a task without text."""
    if prediction is None:
        return {}
    return {
        "result": to_result(schema, prediction.label),
        "score": prediction.score,
        "model_version": prediction.model_version,
    }
