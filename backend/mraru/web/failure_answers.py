"""With which status and words a failure is told over HTTP, whichever server answers."""

from __future__ import annotations

from pydantic import ValidationError

from mraru.errors import (
    DefinitionsInvalid,
    DefinitionUntried,
    EmbeddingModelMissing,
    EventInvalid,
    LabelConfigError,
    MRaruError,
    NothingToDraft,
    NothingToMeasure,
    NothingToPause,
    NothingToPredictWith,
    ProjectDisconnected,
    ProjectNotNamed,
    ProjectReplaced,
    ProjectSettingInvalid,
    ProjectUnknown,
    StoreFault,
    StudentModelMissing,
)

STATUS_OF_ERROR: dict[type[MRaruError], int] = {
    NothingToPredictWith: 503,
    EmbeddingModelMissing: 503,
    StudentModelMissing: 503,
    StoreFault: 503,
    LabelConfigError: 400,
    EventInvalid: 400,
    ProjectNotNamed: 400,
    ProjectSettingInvalid: 400,
    ProjectUnknown: 404,
    ProjectDisconnected: 409,
    ProjectReplaced: 409,
    NothingToPause: 409,
    DefinitionsInvalid: 400,
    DefinitionUntried: 409,
    NothingToDraft: 409,
    NothingToMeasure: 409,
}
RETRY_AFTER_S = 30  # seconds, with every 503


def find_status(exc: MRaruError) -> int:
    """The status of a failure of ours.

    >>> find_status(NothingToPredictWith())
    503
    """
    return next((status for kind, status in STATUS_OF_ERROR.items() if isinstance(exc, kind)), 500)


def describe_bad_body(exc: ValidationError) -> str:
    """What is wrong with the first thing that is wrong with a body, without what was sent."""
    first = exc.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "body"
    return f"{where}: {first['msg']}"
