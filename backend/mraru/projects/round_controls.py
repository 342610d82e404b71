"""What people do to the rounds of a project: start them, pause them, have one more; all of it or nothing.

The caller wakes the worker.
"""

from __future__ import annotations

from mraru.errors import NothingToPause, ProjectDisconnected, ProjectUnknown
from mraru.projects.stopping.stop_decision import go_on
from mraru.store.projects.project_repository import ProjectState
from mraru.store.store import Store


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
    with store.database.write():
        _check_known(store, project_id)
        if not store.projects.pause(project_id):
            raise NothingToPause(f"Nobody has started project {project_id}, so there is nothing to pause.")


def _start(store: Store, project_id: int, go_on_rounds: int, n_rounds: int | None) -> list[str]:
    with store.database.write():
        _check_known(store, project_id)
        overruled = go_on(store, project_id, go_on_rounds)
        store.projects.start(project_id, n_rounds)
    return overruled


def _check_known(store: Store, project_id: int) -> None:
    project = store.projects.get(project_id)
    if project is None:
        raise ProjectUnknown(
            f"Project {project_id} is not connected to this backend: run `mraru connect {project_id}`."
        )
    if project.state is ProjectState.DISCONNECTED:
        raise ProjectDisconnected.of(project_id)
