"""What people press, on the dashboard, by the API or the command line; the worker is woken and never waited for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mraru.bootstrap import Services
from mraru.errors import ProjectSettingInvalid, ProjectUnknown
from mraru.figures.project_settings import list_project_settings
from mraru.loop.controls import pause_rounds, run_one_round, start_rounds
from mraru.settings.project_fields import ProjectSetting, find_field, override_settings, read_value
from mraru.store.projects import Project, ProjectState
from mraru.store.store import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFigures:
    """The state of a project, and which buttons would change it."""

    state: str
    reason: str
    rounds_left: int | None  # None: no end; 0: paused by a person; else it pauses after so many
    can_start: bool
    can_pause: bool
    can_run_round: bool
    is_start_next: bool  # a start would begin rounds that do not go on by themselves


def describe_controls(store: Store, project: Project) -> ControlFigures:
    is_running = project.state is ProjectState.RUNNING
    is_connected = project.state is not ProjectState.DISCONNECTED
    return ControlFigures(
        state=project.state,
        reason=project.reason,
        rounds_left=project.rounds_left,
        can_start=is_connected and (not is_running or project.rounds_left is not None),
        can_pause=project.is_started and not project.is_paused_by_person,
        can_run_round=is_connected and (not is_running or project.rounds_left is None),
        is_start_next=_begins_rounds(store, project) and not is_known_empty(store, project),
    )


def is_known_empty(store: Store, project: Project) -> bool:
    """Whether Label Studio was asked for the project's tasks and had none."""
    return project.synced_at is not None and not store.tasks.count(project.project_id)


def _begins_rounds(store: Store, project: Project) -> bool:
    """Whether rounds would begin after a start, and not end at once for the reason for which they have ended."""
    if project.state is ProjectState.STOPPED:
        rest = project.reason
        for rule in store.stop_rules.list_all(project.project_id):
            rest = rest.replace(rule.reason, "") if rule.overruled_until is None else rest
        return bool(project.reason) and not rest.strip("; ")
    return project.state is ProjectState.CONNECTED or (
        project.state is ProjectState.PAUSED and project.is_paused_by_person
    )


class ProjectControls:
    """The same for every way in."""

    def __init__(self, services: Services, wake: Callable[[int], None]) -> None:
        """`wake` has the worker look at a project; it must return at once."""
        self._services = services
        self._store = services.store
        self._wake = wake

    def start(self, project_id: int) -> ControlFigures:
        """Begin or go on with the rounds: see `loop.controls.start_rounds`."""
        start_rounds(self._store, project_id, self._services.settings_for(project_id).go_on_rounds)
        return self._wake_and_describe(project_id)

    def pause(self, project_id: int) -> ControlFigures:
        """Begin no call to the teacher any more: see `loop.controls.pause_rounds`."""
        pause_rounds(self._store, project_id)
        return self._wake_and_describe(project_id)

    def run_round(self, project_id: int) -> ControlFigures:
        """Have one round and pause after it: see `loop.controls.run_one_round`."""
        run_one_round(self._store, project_id)
        return self._wake_and_describe(project_id)

    def change_settings(
        self, project_id: int, values: Mapping[str, object], unset: Sequence[str] = ()
    ) -> tuple[ProjectSetting, ...]:
        """Set these for the project, and let the server's hold again for those of `unset`: all or nothing.

        A budget holds from the next call on, the rest from the next piece of the worker's work.

        Args:
            values: by the name of the setting or of its environment variable; numbers may be given as typed.

        Raises:
            ProjectUnknown: it was never connected.
            ProjectSettingInvalid: one of them is not allowed.
        """
        project = self._find(project_id)
        read = {find_field(name).name: read_value(name, value) for name, value in values.items()}
        removed = {_stored_name(name) for name in unset}
        if twice := sorted(read.keys() & removed):
            raise ProjectSettingInvalid(f"{twice[0]}: cannot be set and unset at once")
        override_settings(self._services.settings, read)
        self._store.project_settings.change(project_id, read, removed)
        if project.state is ProjectState.FAILED:  # perhaps for what was just mended: a sync tries again
            self._store.projects.request_sync(project_id)
        logger.info(
            "settings of project %d: %s",
            project_id,
            "; ".join([*(f"{name} = {value}" for name, value in read.items()), *(f"{name} unset" for name in removed)]),
            extra={"event": "settings_changed"},
        )
        self._wake(project_id)
        return list_project_settings(self._services, project_id)

    def _wake_and_describe(self, project_id: int) -> ControlFigures:
        self._wake(project_id)
        return describe_controls(self._store, self._find(project_id))

    def _find(self, project_id: int) -> Project:
        project = self._store.projects.get(project_id)
        if project is None:
            raise ProjectUnknown(f"Project {project_id} is not connected to this backend.")
        return project


def _stored_name(name: str) -> str:
    """The name under which a value stands, also one that only another version allowed."""
    try:
        return find_field(name).name
    except ProjectSettingInvalid:
        return name
