"""A project that Label Studio no longer has, or hides from us: said once, and looked at again at long intervals."""

from __future__ import annotations

import logging
from http import HTTPStatus

from mraru.errors import LabelStudioRefused, MRaruError, ProjectGone
from mraru.interfaces import LabelStudio
from mraru.store.projects.project_repository import ProjectState
from mraru.store.store import Store

logger = logging.getLogger(__name__)

LOOK_AGAIN_S = 3600.0  # a permission may come back


def find_gone(label_studio: LabelStudio, project_id: int, failure: MRaruError) -> ProjectGone | None:
    """What a failure says, where the whole project is gone; a 404 may also be about a task or a tab alone."""
    if isinstance(failure, ProjectGone):
        return failure
    if not isinstance(failure, LabelStudioRefused) or failure.status != HTTPStatus.NOT_FOUND:
        return None
    try:
        label_studio.describe_project(project_id)
    except ProjectGone as gone:
        return gone
    except MRaruError as exc:
        logger.debug("project %d could not be looked at: %s", project_id, exc)
    return None


def explain_gone(gone: ProjectGone, project_id: int) -> str:
    """What happened to a project of which something is kept here, and what to do."""
    return (
        f"{gone} Let that user see it again, and it goes on by itself; if it was deleted, `mraru forget {project_id}` "
        "removes what is kept of it here."
    )


def note_gone(store: Store, project_id: int, gone: ProjectGone, now: float) -> float:
    """Leave the project alone for a while, and return until when (seconds since 1970)."""
    project = store.projects.get(project_id)
    is_news = project is None or project.state is not ProjectState.GONE
    retry_at = now + LOOK_AGAIN_S
    store.projects.set_state(project_id, ProjectState.GONE, explain_gone(gone, project_id), retry_at)
    store.projects.request_sync(project_id)  # which is how it is looked at again
    level = logging.WARNING if is_news else logging.DEBUG
    logger.log(level, "project %d is gone: %s", project_id, gone, extra={"event": "project_gone"})
    return retry_at
