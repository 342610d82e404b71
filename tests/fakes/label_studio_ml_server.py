"""What `backend/model.py` meets in label-studio-ml 2.x, which is on GitHub alone: its server, as far as it matters.

Written after its `api.py`, `exceptions.py`, `model.py` and `response.py` of 2026: which failures its handler turns into
what, in which order it calls a model, and what it makes of a missing project. Where the real one is installed, the
tests run on that.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from flask import Flask, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from label_studio_sdk.label_interface import LabelInterface
from pydantic import BaseModel

TRAIN_EVENTS = ("ANNOTATION_CREATED", "ANNOTATION_UPDATED", "ANNOTATION_DELETED", "START_TRAINING")


class AnswerException(Exception):
    def __init__(self, status: int, msg: str = "", result: dict[str, str] | None = None) -> None:
        self.status, self.msg, self.result = status, msg, result
        self.answer = _answer(status, msg, result)
        super().__init__(self.answer)


class ModelResponse(BaseModel):
    model_version: str | None = None
    predictions: list[Any]


class LabelStudioMLBase:
    cache: dict[tuple[str, str], str] = {}

    def __init__(self, project_id: str | None = None, label_config: str | None = None) -> None:
        self.project_id = project_id or ""
        if label_config is not None:
            self.use_label_config(label_config)
        if not self.get("model_version"):
            self.set("model_version", "0.0.1")
        self.setup()

    def use_label_config(self, label_config: str) -> None:
        self.label_interface = LabelInterface(config=label_config)
        self.set("label_config", label_config)

    def get(self, key: str) -> str | None:
        return self.cache.get((self.project_id, key))

    def set(self, key: str, value: str) -> None:
        self.cache[self.project_id, key] = value


def make_modules() -> dict[str, ModuleType]:
    """The modules by name, over an empty cache."""
    LabelStudioMLBase.cache = {}
    contents: dict[str, dict[str, object]] = {
        "label_studio_ml": {},
        "label_studio_ml.api": {"init_app": init_app},
        "label_studio_ml.exceptions": {"AnswerException": AnswerException},
        "label_studio_ml.model": {"LabelStudioMLBase": LabelStudioMLBase},
        "label_studio_ml.response": {"ModelResponse": ModelResponse},
    }
    modules = {name: ModuleType(name) for name in contents}
    for name, content in contents.items():
        vars(modules[name]).update(content)
    return modules


def init_app(model_class: type[Any]) -> Flask:
    server = Flask("label-studio-ml")

    @server.post("/predict")
    @_handle_exceptions
    def predict() -> ResponseReturnValue:
        data = request.get_json()
        params = data.get("params", {})
        context = params.pop("context", {})
        project_id = str(data.get("project")).split(".", 1)[0]
        model = model_class(project_id=project_id, label_config=data.get("label_config"))
        response = model.predict(data.get("tasks"), context=context, **params)
        for found in response.predictions:
            for prediction in found if isinstance(found, list) else [found]:
                prediction.model_version = prediction.model_version or response.model_version
        return jsonify({"results": response.model_dump()["predictions"]})

    @server.post("/setup")
    @_handle_exceptions
    def setup() -> ResponseReturnValue:
        data = request.get_json()
        model = model_class(project_id=data.get("project").split(".", 1)[0], label_config=data.get("schema"))
        return jsonify({"model_version": model.get("model_version")})

    @server.post("/webhook")
    def webhook() -> ResponseReturnValue:
        data = request.get_json()
        event = data.pop("action")
        if event not in TRAIN_EVENTS:
            return jsonify({"status": "Unknown event"}), 200
        project = data["project"]
        result = model_class(str(project["id"]), label_config=project["label_config"]).fit(event, data)
        return jsonify({"result": result, "status": "ok"}), 201

    return server


def _answer(status: int, msg: str, result: dict[str, str] | None) -> ResponseReturnValue:
    return make_response(jsonify({"status": status, "detail": msg, "request": request.args, "result": result}), status)


def _handle_exceptions(view: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
    @wraps(view)
    def handled() -> ResponseReturnValue:
        try:
            return view()
        except AnswerException as exc:
            return _answer(exc.status, exc.msg, {"traceback": traceback.format_exc(), **(exc.result or {})})
        except Exception as exc:
            return _answer(500, f"{type(exc).__name__}: {exc}", {"traceback": traceback.format_exc()})

    return handled
