"""What the backend itself knows to be wrong with a project: its state, its warnings, what people set for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from mraru.doctor.examined import Examined
from mraru.doctor.findings import Finding, Severity
from mraru.errors import ProjectSettingInvalid
from mraru.store.projects.project_repository import Project, ProjectState
from mraru.store.projects.project_warnings import WarningLevel

TEXTS_WARNINGS = ("tasks-without-text", "tasks-without-file")  # as the synchronization names them
SEVERITIES = {
    WarningLevel.INFO: Severity.INFO,
    WarningLevel.WARNING: Severity.WARNING,
    WarningLevel.ERROR: Severity.ERROR,
}


def check_state(examined: Examined) -> Iterator[Finding]:
    """The project's rounds go on, or it is said why not."""
    known = examined.known
    if known is None:
        return
    start = f"`mraru start {known.project_id}`"
    match known.state:
        case ProjectState.FAILED:
            yield Finding(
                code="project-failed",
                severity=Severity.ERROR,
                message=f"Project {known.project_id} failed: {known.reason}",
                remedy=f"See to what it says, then {start}.",
            )
        case ProjectState.PAUSED if known.has_given_up:
            yield Finding(
                code="project-given-up",
                severity=Severity.ERROR,
                message=f"Project {known.project_id} paused until people start it: {known.reason}",
                remedy=f"See to what it says, then {start}.",
            )
        case ProjectState.PAUSED if known.waits_for_people:
            yield Finding(
                code="project-paused-by-person",
                severity=Severity.INFO,
                message=f"Project {known.project_id}: {known.reason}.",
            )
        case ProjectState.PAUSED:
            yield Finding(
                code="project-paused",
                severity=Severity.WARNING,
                message=f"Project {known.project_id} is paused{_say_until(known)}: {known.reason}",
                remedy=f"It goes on by itself. To try at once: {start}.",
            )
        case ProjectState.GONE if examined.there is not None:
            yield Finding(
                code="project-was-gone",
                severity=Severity.WARNING,
                message=f"Label Studio had no project {known.project_id} when the backend last looked, and has it now.",
                remedy=f"It goes on by itself{_say_until(known).replace(' until', ' at')}. To go on at once: {start}.",
            )
        case ProjectState.STOPPED:
            yield Finding(
                code="project-stopped",
                severity=Severity.INFO,
                message=f"The rounds of project {known.project_id} have ended: {known.reason}.",
            )
        case ProjectState.CONNECTED:
            yield Finding(
                code="project-not-started",
                severity=Severity.WARNING if known.reason else Severity.INFO,
                message=f"The rounds of project {known.project_id} are not started. {known.reason}".rstrip(),
                remedy=f"{start}, the dashboard or Start Training in Label Studio starts them.",
            )


def _say_until(project: Project) -> str:
    if project.retry_at is None:
        return ""
    return f" until {datetime.fromtimestamp(project.retry_at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def check_warnings(examined: Examined) -> Iterator[Finding]:
    """The backend warns of nothing."""
    for warning in examined.services.store.warnings.list_all(examined.project_id):
        if warning.code in TEXTS_WARNINGS and examined.tells_of_texts:
            continue
        yield Finding(
            code=f"warning-{warning.code}",
            severity=SEVERITIES[warning.level],
            message=warning.message,
            remedy=warning.remedy,
        )


def check_project_settings(examined: Examined) -> Iterator[Finding]:
    """What people set for the project is still possible."""
    try:
        examined.services.settings_for(examined.project_id)
    except ProjectSettingInvalid as exc:
        yield Finding(code="project-setting-invalid", severity=Severity.ERROR, message=str(exc))
