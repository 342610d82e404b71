"""What people can do next for a project: the one thing that keeps the rest from being of use, or else the rest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mraru.store.projects.project_repository import ProjectState


class NextStep(StrEnum):
    """In words, for programs too."""

    CONNECT = "connect it again"
    REPAIR = "see to what its state says"
    FORGET = "give access to it again, or forget it"
    IMPORT = "import tasks"
    START = "start the rounds"
    WAIT = "wait for the first labels"
    LABEL_FIRST = "check the built-in teacher first"
    ANSWER_ERRORS = "see to the errors"
    SETTLE_TIES = "settle ties"
    AUDIT = "label the audit's tasks"
    LABEL = "label what is served"
    ANSWER_WARNINGS = "see to the warnings"
    TAKE_AWAY = "download the labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a project stands, as far as it decides what comes next."""

    state: ProjectState
    has_given_up: bool  # it paused until people have seen to something and start it
    is_read: bool  # its tasks were read from Label Studio
    has_tasks: bool
    has_labels: bool  # of anybody
    has_open_tasks: bool
    is_doubtful: bool  # some open tasks have no label, or one that is not sure
    is_measured: bool  # a share of right labels is told
    is_reached: bool  # as many labels are right as are wanted
    is_audit_due: bool  # only further audited texts tell how many are right, or whether as many as are wanted
    n_first: int  # labels that people are to check before anybody relies on the built-in teacher; 0: none are left
    n_ties: int
    n_errors: int  # warnings of that level
    n_warnings: int


def choose_next_step(standing: Standing) -> NextStep:
    """
    >>> fresh = Standing(
    ...     state=ProjectState.CONNECTED, has_given_up=False, is_read=False, has_tasks=False,
    ...     has_labels=False, has_open_tasks=False, is_doubtful=False, is_measured=False, is_reached=False,
    ...     is_audit_due=False, n_first=0, n_ties=0, n_errors=0, n_warnings=0)
    >>> str(choose_next_step(fresh))
    'start the rounds'
    """
    by_state = _by_state(standing)
    if by_state is not None:
        return by_state
    if standing.n_first and standing.has_open_tasks:
        return NextStep.LABEL_FIRST
    if standing.n_errors:
        return NextStep.ANSWER_ERRORS
    if standing.n_ties:
        return NextStep.SETTLE_TIES
    is_unknown = standing.is_audit_due or not standing.is_measured
    needs_people = not standing.is_reached and (standing.is_doubtful or is_unknown)
    if standing.has_open_tasks and needs_people:
        return NextStep.AUDIT if standing.is_audit_due else NextStep.LABEL
    return NextStep.ANSWER_WARNINGS if standing.n_warnings else NextStep.TAKE_AWAY


def _by_state(standing: Standing) -> NextStep | None:
    if standing.state is ProjectState.DISCONNECTED:
        return NextStep.CONNECT
    if standing.state is ProjectState.FAILED or standing.has_given_up:
        return NextStep.REPAIR
    if standing.state is ProjectState.GONE:
        return NextStep.FORGET
    if standing.is_read and not standing.has_tasks:
        return NextStep.IMPORT
    if standing.state is ProjectState.CONNECTED:
        return NextStep.START
    if standing.has_labels:
        return None
    return NextStep.WAIT if standing.state is ProjectState.RUNNING else NextStep.START
