"""`mraru go-on`: let rounds go on that a rule of quality had ended."""

from __future__ import annotations

from rich.console import Console

from mraru.bootstrap import Services
from mraru.errors import NothingToGoOn, ProjectDisconnected
from mraru.projects.stopping.stop_decision import go_on
from mraru.quantities import spell_quantity
from mraru.store.projects.project_repository import ProjectState
from mraru.worker.jobs import Jobs


def overrule_stop_rules(
    services: Services, project_id: int, n_rounds: int | None = None, console: Console | None = None
) -> None:
    """Overrule what stands, start the project and wake the worker.

    Args:
        n_rounds: for so many rounds; None: as set for the project.

    Raises:
        ProjectDisconnected: it was disconnected.
        NothingToGoOn: the store does not know the project, or no rule that may be overruled has ended its rounds.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    project = services.store.projects.get(project_id) if services.has_store else None
    if project is None:
        raise NothingToGoOn(f"Project {project_id} is not connected to this backend.")
    if project.state is ProjectState.DISCONNECTED:
        raise ProjectDisconnected.of(project_id)
    n_rounds = n_rounds or services.settings_for(project_id).go_on_rounds
    store = services.store
    with store.database.write():
        overruled = go_on(store, project_id, n_rounds)
        if not overruled:
            reason = f": {project.reason}" if project.reason else ""
            raise NothingToGoOn(
                f"Project {project_id} is {project.state}{reason}. No rule that may be overruled has ended its rounds: "
                "a budget is raised by its setting, and Start Training in Label Studio begins rounds."
            )
        store.projects.start(project_id)
    Jobs(services).wake(project_id)
    console.print(
        f"Project {project_id} goes on for {spell_quantity(n_rounds, 'round')} in spite of: {', '.join(overruled)}."
    )
