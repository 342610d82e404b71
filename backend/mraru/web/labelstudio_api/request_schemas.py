"""The bodies of Label Studio's requests, checked at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    model_validator,
)

from mraru.web.request_bodies import LARGEST_NUMBER

LONGEST_SECOND = 12  # digits: far beyond any project's


def _project_number(value: object) -> object:
    """`"1.1795501729"` names project 1: the rest is when it was made."""
    return value.split(".", 1)[0] if isinstance(value, str) else value


TaskNumber = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
ProjectNumber = Annotated[int, BeforeValidator(_project_number), Field(ge=1, le=LARGEST_NUMBER)]


def _second_made(value: object) -> int | None:
    """When a project was made, in seconds since 1970, where its name says so.

    >>> _second_made("1.1795501729"), _second_made("1"), _second_made("1.x"), _second_made(1)
    (1795501729, None, None, None)
    """
    second = value.partition(".")[2] if isinstance(value, str) else ""
    return int(second) if second.isdecimal() and len(second) <= LONGEST_SECOND else None


class ProjectBody(BaseModel):
    """A body that names a project as Label Studio does."""

    _second_made: int | None = PrivateAttr(None)

    @property
    def second_made(self) -> int | None:
        """When the project was made, in seconds since 1970; it tells it from a later one of the same number."""
        return self._second_made

    @model_validator(mode="wrap")
    @classmethod
    def _note_second(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        body = handler(value)
        body._second_made = _second_made(value.get("project")) if isinstance(value, Mapping) else None
        return body


class SetupBody(ProjectBody):
    model_config = ConfigDict(extra="ignore")

    project: ProjectNumber
    label_config: str = Field(alias="schema")
    hostname: str | None = None
    access_token: str | None = None


class TaskBody(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: TaskNumber | None = None  # label-studio-ml's own clients send none
    data: dict[str, Any]


class PredictBody(ProjectBody):
    model_config = ConfigDict(extra="ignore")

    project: ProjectNumber | None = None  # None: the only one that is connected
    tasks: list[TaskBody]
    label_config: str | None = None  # None: as it was when it was last read


class WebhookProject(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: int = Field(ge=1, le=LARGEST_NUMBER)


class WebhookBody(BaseModel):
    """What is looked at before the event is written down; the worker reads the rest."""

    model_config = ConfigDict(extra="ignore")

    action: str = Field(max_length=100)
    project: WebhookProject
