"""What people do to the rounds of a project: start them, pause them, have one more; the caller wakes the worker."""

from __future__ import annotations

import logging

from mraru.errors import NothingToPause, ProjectDisconnected, ProjectUnknown
from mraru.loop.stopping import go_on
from mraru.store.projects import ProjectState
from mraru.store.store import Store

logger = logging.getLogger(__name__)


def start_rounds(store: Store, project_id: int, go_on_rounds: int) -> list[str]:
    """Begin or go on with the rounds, as Start Training does; ends a person's pause.

    Args:
        go_on_rounds: for so many rounds the rules of quality that had ended them are overruled.

    Returns:
        The names of these rules.

    Raises:
        ProjectUnknown: it was never connected.
        ProjectDisconnected: it was disconnected.
    """
    return _start(store, project_id, go_on_rounds, n_rounds=None)


def run_one_round(store: Store, project_id: int) -> list[str]:
    """Have one round of the sampler, the one under way if there is one, and pause after it; returns as above.

    Raises:
        ProjectUnknown: it was never connected.
        ProjectDisconnected: it was disconnected.
    """
    return _start(store, project_id, 1, n_rounds=1)


def pause_rounds(store: Store, project_id: int) -> None:
    """Begin no call to the teacher any more; what people correct is still learned.

    A round under way is left as it is and goes on when the project is started again.

    Raises:
        ProjectUnknown: it was never connected.
        ProjectDisconnected: it was disconnected.
        NothingToPause: nobody has started it.
    """
    _check_known(store, project_id)
    if not store.projects.pause(project_id):
        raise NothingToPause(f"Nobody has started project {project_id}, so there is nothing to pause.")
    logger.info("project %d was paused by a person", project_id, extra={"event": "paused_by_person"})


def _start(store: Store, project_id: int, go_on_rounds: int, n_rounds: int | None) -> list[str]:
    _check_known(store, project_id)
    overruled = go_on(store, project_id, go_on_rounds)
    store.projects.start(project_id, n_rounds)
    logger.info(
        "project %d was started by a person, for %s",
        project_id,
        "all rounds" if n_rounds is None else f"{n_rounds} round",
        extra={"event": "started_by_person"},
    )
    return overruled


def _check_known(store: Store, project_id: int) -> None:
    project = store.projects.get(project_id)
    if project is None:
        raise ProjectUnknown(
            f"Project {project_id} is not connected to this backend: run `mraru connect {project_id}`."
        )
    if project.state is ProjectState.DISCONNECTED:
        raise ProjectDisconnected.of(project_id)
