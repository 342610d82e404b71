"""What the label stream of a project serves: the one place that decides, and writes, its model version and its order.

Label Studio has no way to change either on condition of what it is, so whoever reads one and then writes may undo what
another wrote in between. Therefore only the holder of a project's lease writes a model version: the worker, which
serves what it has pushed, or `mraru connect` while no worker is at work. What is written is read again and, where it
was not kept, written again before that means anything.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Protocol

from mraru.errors import PredictionsHidden, VersionNotKept
from mraru.records import ProjectDescription

logger = logging.getLogger(__name__)

LOWEST_SCORE_FIRST = "Uncertainty sampling"  # the API takes it in the Community edition, the UI hides it
MOST_WRITES = 3  # of what was not kept, at once; the worker tries again later


class StreamCalls(Protocol):
    """What this asks of Label Studio's API; every method raises as those of `LabelStudio` do."""

    def describe_project(self, project_id: int) -> ProjectDescription: ...

    def count_predictions(self, project_id: int) -> Mapping[str, int]: ...

    def change_sampling(self, project_id: int, sampling: str) -> None:
        """Change in which order tasks are served."""
        ...

    def change_stream(self, project_id: int, model_version: str | None) -> None:
        """Have the lowest score served first, with the predictions of this version; None: with none."""
        ...

    def hides_predictions(self, project_id: int) -> bool:
        """Whether the team has turned off that annotators see predictions."""
        ...


def serve_version(calls: StreamCalls, project_id: int, model_version: str | None) -> bool:
    """Have a version served, lowest score first; True if that is new. Only the holder of the project's lease may.

    Raises:
        LabelStudioRefused: no prediction has this version.
        PredictionsHidden: it is not kept since predictions are hidden from annotators.
        VersionNotKept: it is not kept, however often it is written now.
    """
    project = calls.describe_project(project_id)
    for n_writes in range(MOST_WRITES):
        if _serves(project, model_version):
            return n_writes > 0
        if n_writes:
            logger.warning(
                "project %d serves %r where %r was set: it is set again",
                project_id,
                project.model_version,
                model_version,
                extra={"event": "version_set_again"},
            )
        calls.change_stream(project_id, model_version)
        project = calls.describe_project(project_id)
    if _serves(project, model_version):
        return True
    if model_version is not None and calls.hides_predictions(project_id):
        raise PredictionsHidden(
            f"Predictions are hidden from the annotators of project {project_id}, so Label Studio does not serve "
            f"{model_version!r}: turn on 'Use predictions to prelabel tasks' (Settings > Annotation)."
        )
    raise VersionNotKept(
        f"Label Studio serves {project.model_version!r}, sampling {project.sampling!r}, in project {project_id}, "
        f"although {model_version!r} and {LOWEST_SCORE_FIRST!r} were set {MOST_WRITES} times: something else sets "
        "them. They are set again later."
    )


def order_stream(calls: StreamCalls, project_id: int) -> str | None:
    """Have the lowest score served first, of whatever version; the former order, or None if that was it."""
    former = calls.describe_project(project_id).sampling
    if former == LOWEST_SCORE_FIRST:
        return None
    calls.change_sampling(project_id, LOWEST_SCORE_FIRST)
    return former


def settle_version(calls: StreamCalls, project_id: int, pushed_version: str | None) -> tuple[str | None, bool]:
    """See that a version with predictions is served, or none; only the holder of the project's lease may.

    Label Studio sets the backend's title on connecting: with that, every next task of an annotator waits for
    `/health`, `/setup` and `/predict`.

    Returns:
        The version, and whether it was another before.
    """
    current = calls.describe_project(project_id).model_version
    wanted = choose_version(current, pushed_version, calls.count_predictions(project_id))
    return wanted, serve_version(calls, project_id, wanted)


def choose_version(current: str | None, pushed: str | None, n_held: Mapping[str, int]) -> str | None:
    """What should be served: what is, if it has predictions; else what this backend pushed; else nothing.

    >>> choose_version("theirs", "mraru", {"theirs": 3, "mraru": 2})
    'theirs'
    >>> choose_version("M-RARU", "mraru", {"M-RARU": 0, "mraru": 2}), choose_version("M-RARU", None, {})
    ('mraru', None)
    """
    for version in (current, pushed):
        if version is not None and n_held.get(version):
            return version
    return None


def _serves(project: ProjectDescription, model_version: str | None) -> bool:
    return project.model_version == model_version and project.sampling == LOWEST_SCORE_FIRST
