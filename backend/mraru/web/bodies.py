"""The bodies of Label Studio's requests, checked at the edge."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


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
