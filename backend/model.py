"""The same engine behind label-studio-ml's own server, for those who run that (2.x, from its GitHub repository).

Give its server this class; `mraru worker` must run beside it, since nothing here trains or asks the teacher.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from flask import Response, after_this_request, jsonify, request
from label_studio_ml.exceptions import AnswerException
from label_studio_ml.model import LabelStudioMLBase
from label_studio_ml.response import ModelResponse
from label_studio_sdk.label_interface.objects import PredictionValue
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from mraru.bootstrap import Services
from mraru.errors import MRaruError
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.settings import load_settings
from mraru.web.auth import carries_secret
from mraru.web.failure_answers import RETRY_AFTER_S, describe_bad_body, find_status
from mraru.web.labelstudio_api.protocol_handlers import ProtocolHandlers
from mraru.web.labelstudio_api.request_schemas import PredictBody, SetupBody
from mraru.worker.jobs import Jobs

NO_PROJECT = ("", "None")  # what label-studio-ml's server makes of a request that names none


@lru_cache(maxsize=1)
def _engine() -> tuple[Services, ProtocolHandlers]:
    """One engine per process, with its store open."""
    services = Services(load_settings())
    _ = services.predictor, services.webhook_secret
    return services, ProtocolHandlers(services, Jobs(services).wake)


class Refused(AnswerException, HTTPException):  # type: ignore[misc]  # label-studio-ml has no types
    """A failure told with its status: to label-studio-ml's handler, and to Flask's where it has none."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message, {"traceback": ""})  # else its handler would put one there
        self.code = status
        self.description = message
        self.response = jsonify(error=message)
        self.response.status_code = status


@contextmanager
def _told_with_status() -> Iterator[None]:
    """Have failures answered as our own server answers them.

    Raises:
        Refused: the body is not as it must be, or the engine failed.
    """
    try:
        yield
    except ValidationError as exc:
        raise Refused(400, describe_bad_body(exc)) from None
    except MRaruError as exc:
        status = find_status(exc)
        if status == 503:
            after_this_request(_say_when_to_ask_again)
        raise Refused(status, str(exc)) from None


def _say_when_to_ask_again(response: Response) -> Response:
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


class MRaru(LabelStudioMLBase):  # type: ignore[misc]  # label-studio-ml has no types
    """M-RARU in the terms of label-studio-ml: made anew for every request, so it holds no state."""

    def use_label_config(self, label_config: str) -> None:
        """Take over the label config that a request brings.

        Raises:
            Refused: it is not supported.
        """
        with _told_with_status():
            number = int(self.project_id) if str(self.project_id).isdecimal() else None
            parse_label_config(label_config, _engine()[0].selection_for(number))
        super().use_label_config(label_config)

    def setup(self) -> None:
        """At `/setup` tell the engine of the project, and take over the version that it serves.

        Raises:
            Refused: the request names no project, or its label config is not supported.
        """
        if request.path != "/setup":  # no other request may connect a project
            return
        with _told_with_status():
            body = SetupBody.model_validate(request.get_json())
            self.set("model_version", _engine()[1].set_up(body, request.url_root.rstrip("/")))

    def predict(self, tasks: list[dict[str, Any]], context: dict[str, Any] | None = None, **_: Any) -> ModelResponse:
        """One prediction per task, in order.

        Raises:
            Refused: with 503 where there is no student yet.
        """
        project = None if self.project_id in NO_PROJECT else self.project_id
        config = request.get_json().get("label_config")
        with _told_with_status():
            body = PredictBody.model_validate({"project": project, "tasks": tasks, "label_config": config})
            version, entries = _engine()[1].predict(body)
        predictions = [PredictionValue(**entry) if entry else [] for entry in entries]
        return ModelResponse(model_version=version, predictions=predictions)

    def fit(self, event: str, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Write the event down for the worker; one of a project that is not connected here is let be.

        Raises:
            Refused: the event cannot be read.
        """
        services, handlers = _engine()
        is_trusted = carries_secret(services.webhook_secret)
        with _told_with_status():
            return {"written_down": handlers.take_event({"action": event, **data}, is_trusted=is_trusted)}


_engine()  # not at the first request: Label Studio waits 3 s for the answer to /setup
