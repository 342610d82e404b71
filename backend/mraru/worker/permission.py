"""Whether the rounds that a request asked for may begin: anybody who reaches the backend can send such a request.

`/setup` and Start Training carry no secret. So they start nothing by themselves: Label Studio is asked, with the team's
token, whether somebody who may change the project there has added this backend to it.
"""

from __future__ import annotations

import logging
from enum import StrEnum
from http import HTTPStatus

from mraru.bootstrap import Services
from mraru.errors import LabelStudioError, LabelStudioRefused, SettingsError
from mraru.store.projects.project_repository import Project

logger = logging.getLogger(__name__)

ASK_AGAIN_S = 2.0  # Label Studio calls `/setup` while it adds a backend, and lists it a moment later
GIVE_UP_S = 60.0  # after which nothing is begun


class Permission(StrEnum):
    """What is known of a project's rounds."""

    NOT_ASKED = "not asked"  # nothing new: whatever it is at goes on
    GIVEN = "given"
    REFUSED = "refused"
    NOT_YET = "not yet"  # to be looked at again in a moment
    UNKNOWN = "unknown"  # Label Studio does not answer: to be looked at again with all projects


def begin_where_allowed(services: Services, project_id: int) -> Permission:
    """Start a project whose rounds were asked for, if they may begin; the caller holds its lease."""
    projects = services.store.projects
    project = projects.get(project_id)
    if project is None or project.start_asked_at is None:
        return Permission.NOT_ASKED
    by_people = f"Start it on the dashboard or with `mraru start {project_id}`."
    if not project.is_allowed and services.settings.label_studio_url is None:
        projects.refuse_start(project_id, f"Nobody here has started it. {by_people}")
        return Permission.REFUSED
    try:
        may_begin = project.is_allowed or _is_listed(services, project)
    except (LabelStudioError, SettingsError) as exc:
        logger.warning(
            "it could not be seen whether project %d may begin: %s", project_id, exc, extra={"event": "start_unknown"}
        )
        return Permission.UNKNOWN
    if may_begin:
        projects.start(project_id)
        logger.info("project %d begins", project_id, extra={"event": "started"})
        return Permission.GIVEN
    if services.clock() - project.start_asked_at < GIVE_UP_S:
        return Permission.NOT_YET
    reason = f"Label Studio does not say that {project.backend_url} is a backend of this project. {by_people}"
    projects.refuse_start(project_id, reason)
    logger.warning("project %d is not begun: %s", project_id, reason, extra={"event": "start_refused"})
    return Permission.REFUSED


def _is_listed(services: Services, project: Project) -> bool:
    """Whether Label Studio, asked with the team's token, lists this backend; False where it knows no such project."""
    from mraru.labelstudio.connecting.connection import (
        is_registered,  # late: commands that only wake the worker do without
    )

    if project.backend_url is None:
        return False
    try:
        return is_registered(services.label_studio(), project.project_id, project.backend_url)
    except LabelStudioRefused as exc:
        if exc.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            raise
        return False
