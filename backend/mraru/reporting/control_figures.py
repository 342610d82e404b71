"""The state of a project as its buttons show it: which of them would change anything."""

from __future__ import annotations

from dataclasses import dataclass

from mraru.store.projects.project_repository import Project, ProjectState
from mraru.store.store import Store


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
    held_back_by: str  # why no round begins whatever is started: limits; empty: none that is known holds


def describe_controls(store: Store, project: Project) -> ControlFigures:
    is_running = project.state is ProjectState.RUNNING
    is_connected = project.state is not ProjectState.DISCONNECTED
    held_back_by = _find_limits(store, project)
    may_begin = is_connected and not held_back_by
    return ControlFigures(
        state=project.state,
        reason=project.reason,
        rounds_left=project.rounds_left,
        can_start=may_begin and (not is_running or project.rounds_left is not None),
        can_pause=project.is_started and not project.waits_for_people,
        can_run_round=may_begin and (not is_running or project.rounds_left is None),
        is_start_next=not held_back_by and _begins_rounds(project) and not is_known_empty(store, project),
        held_back_by=held_back_by,
    )


def is_known_empty(store: Store, project: Project) -> bool:
    """Whether Label Studio was asked for the project's tasks and had none."""
    return project.synced_at is not None and not store.tasks.count(project.project_id)


def _find_limits(store: Store, project: Project) -> str:
    """Of the reasons for which the rounds have ended, those that a start does not overrule.

    The worker looks at them again whenever something changes, so that rounds go on by themselves once none holds.
    """
    if project.state is not ProjectState.STOPPED:
        return ""
    rest = project.reason
    for rule in store.stop_rules.list_all(project.project_id):
        rest = rest.replace(rule.reason, "") if rule.overruled_until is None else rest
    return "; ".join(part for part in rest.split("; ") if part.strip("; "))


def _begins_rounds(project: Project) -> bool:
    """Whether rounds that no limit holds back would begin after a start, and not by themselves."""
    if project.state is ProjectState.STOPPED:
        return bool(project.reason)
    return project.state is ProjectState.CONNECTED or (
        project.state is ProjectState.PAUSED and project.waits_for_people
    )
