from __future__ import annotations

from dataclasses import replace

import pytest

from mraru.reporting.headline.next_steps import NextStep, Standing, choose_next_step
from mraru.store.projects.project_repository import ProjectState

AT_WORK = Standing(
    state=ProjectState.RUNNING,
    has_given_up=False,
    is_read=True,
    has_tasks=True,
    has_labels=True,
    has_open_tasks=True,
    is_doubtful=True,
    is_measured=True,
    is_reached=False,
    is_audit_due=False,
    n_first=0,
    n_ties=0,
    n_errors=0,
    n_warnings=0,
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, NextStep.LABEL),
        ({"state": ProjectState.DISCONNECTED, "has_tasks": False}, NextStep.CONNECT),
        ({"state": ProjectState.FAILED}, NextStep.REPAIR),
        ({"has_tasks": False}, NextStep.IMPORT),
        ({"state": ProjectState.CONNECTED}, NextStep.START),
        ({"state": ProjectState.CONNECTED, "has_tasks": False, "is_read": False}, NextStep.START),
        ({"has_labels": False}, NextStep.WAIT),
        ({"has_labels": False, "state": ProjectState.PAUSED}, NextStep.START),
        ({"n_first": 1}, NextStep.LABEL_FIRST),
        ({"n_first": 1, "state": ProjectState.PAUSED, "has_given_up": True}, NextStep.REPAIR),
        ({"n_first": 0}, NextStep.LABEL),
        ({"n_first": 5, "has_open_tasks": False}, NextStep.TAKE_AWAY),
        ({"n_errors": 1, "n_warnings": 1, "n_ties": 3}, NextStep.ANSWER_ERRORS),
        ({"n_ties": 3}, NextStep.SETTLE_TIES),
        ({"n_warnings": 1}, NextStep.LABEL),
        ({"n_warnings": 1, "is_doubtful": False}, NextStep.ANSWER_WARNINGS),
        ({"is_doubtful": False, "is_measured": False}, NextStep.LABEL),
        ({"is_doubtful": False}, NextStep.TAKE_AWAY),
        ({"is_reached": True}, NextStep.TAKE_AWAY),
        ({"is_audit_due": True}, NextStep.AUDIT),
        ({"is_audit_due": True, "is_doubtful": False}, NextStep.AUDIT),
        ({"is_audit_due": True, "n_first": 3}, NextStep.LABEL_FIRST),
        ({"is_audit_due": True, "has_open_tasks": False}, NextStep.TAKE_AWAY),
        ({"has_open_tasks": False}, NextStep.TAKE_AWAY),
        ({"state": ProjectState.STOPPED}, NextStep.LABEL),
    ],
)
def test_what_keeps_the_rest_from_being_of_use_comes_first(changes: dict[str, object], expected: NextStep) -> None:
    assert choose_next_step(replace(AT_WORK, **changes)) is expected  # type: ignore[arg-type]
