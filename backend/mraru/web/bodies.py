"""The bodies of Label Studio's requests, checked at the edge."""

from __future__ import annotations

from typing import Annotated, Any

from flask import request
from gunicorn.http.errors import ParseException
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from werkzeug.exceptions import BadRequest, UnsupportedMediaType


def read_body() -> None:
    """Read what was sent, before anything is done with it.

    Raises:
        BadRequest: it ends too early, or its pieces are not as HTTP has them.
        RequestEntityTooLarge: it is longer than is taken.
    """
    try:
        request.get_data(cache=True)
    except (OSError, ParseException) as exc:  # of the web server, which reads it piece by piece
        raise BadRequest("The body could not be read to its end.") from exc


def read_object(*, must_say_json: bool = False) -> dict[str, object]:
    """The JSON object that was sent.

    Args:
        must_say_json: whether the request must say that it is JSON, as a form of another site cannot.

    Raises:
        BadRequest: it is none.
        UnsupportedMediaType: it does not say so.
    """
    if must_say_json and not request.is_json:
        raise UnsupportedMediaType("Send JSON, with Content-Type: application/json; {} where there is nothing to say.")
    try:
        body = request.get_json(force=True, silent=True)
    except RecursionError as exc:
        raise BadRequest("The body is nested too deeply.") from exc
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    return body


def _project_number(value: object) -> object:
    """`"1.1795501729"` names project 1: the rest is when it was made."""
    return value.split(".", 1)[0] if isinstance(value, str) else value


LARGEST_NUMBER = 2**63 - 1  # what the store can hold

TaskNumber = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
ProjectNumber = Annotated[int, BeforeValidator(_project_number), Field(ge=1, le=LARGEST_NUMBER)]


class SetupBody(BaseModel):
    model_config = ConfigDict(extra="ignore")

    project: ProjectNumber
    label_config: str = Field(alias="schema")
    hostname: str | None = None
    access_token: str | None = None


class TaskBody(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: TaskNumber
    data: dict[str, Any]


class PredictBody(BaseModel):
    model_config = ConfigDict(extra="ignore")

    project: ProjectNumber
    tasks: list[TaskBody]
    label_config: str


class WebhookProject(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: int = Field(ge=1, le=LARGEST_NUMBER)


class WebhookBody(BaseModel):
    """What is looked at before the event is written down; the worker reads the rest."""

    model_config = ConfigDict(extra="ignore")

    action: str = Field(max_length=100)
    project: WebhookProject
