"""`mraru forget`: removes what is kept of a project that is gone from Label Studio, or was disconnected."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable

import typer
from rich.console import Console

from mraru.bootstrap import Services
from mraru.errors import LabelStudioError, ProjectGone, ProjectUnknown, SettingsError, StoreError
from mraru.projects.learning.training import project_folder
from mraru.quantities import choose_form, spell_quantity
from mraru.store.projects.creation_times import is_same_moment
from mraru.store.projects.project_repository import Project, ProjectState

logger = logging.getLogger(__name__)

LEFT_ALONE = (ProjectState.GONE, ProjectState.DISCONNECTED)


def forget_project(
    services: Services,
    project_id: int,
    *,
    is_confirmed: bool = False,
    confirm: Callable[[str], bool] = typer.confirm,
    console: Console | None = None,
) -> bool:
    """Remove the project's tasks, texts, labels, opinions, predictions, students and settings; its calls stay.

    Args:
        is_confirmed: nobody is asked.

    Returns:
        Whether it was removed; False where `confirm` was not given.

    Raises:
        ProjectUnknown: nothing is kept of it.
        StoreError: it is connected and there, or batch jobs whose answers are paid for are not over.
        ProjectBusy: the worker is at work on it.
        LabelStudioError, SettingsError: Label Studio cannot be asked of a project that nobody disconnected.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    store = services.require_store()
    project = store.projects.get(project_id)
    if project is None:
        raise ProjectUnknown(f"Nothing is kept of project {project_id} in {services.settings.model_dir}.")
    console.print(_say_why(services, project))
    _check_jobs(services, project_id)
    n_calls = store.forgotten_projects.count_calls(project_id)
    console.print(
        f"Of project {project_id} '{project.title}' this removes what is kept here: "
        f"{spell_quantity(store.tasks.count(project_id), 'task')} with texts, "
        f"{spell_quantity(store.annotations.count(project_id), 'annotation')} as read from Label Studio, the "
        "LLM's labels, opinions, students, definitions and settings. Label Studio itself is not touched, and "
        f"{spell_quantity(n_calls, 'call')} to the LLM {choose_form(n_calls, 'stays', 'stay')} in the ledger, "
        "where budgets count them."
    )
    if not is_confirmed and not confirm("Remove it for good?"):
        console.print("Nothing was removed.")
        return False
    with store.leases.hold(project_id):
        _check_jobs(services, project_id)
        store.ledger.forfeit_lost(project_id)
        store.forgotten_projects.forget(project_id)
        shutil.rmtree(project_folder(services.settings.model_dir, project_id), ignore_errors=True)
    logger.info("project %d was forgotten", project_id, extra={"event": "project_forgotten"})
    console.print(f"Project {project_id} is forgotten. `mraru connect {project_id}` would begin anew.")
    return True


def _say_why(services: Services, project: Project) -> str:
    """Why it may be forgotten.

    Raises:
        StoreError: it is connected and there.
        LabelStudioError, SettingsError: it cannot be seen whether it is there, and nobody disconnected it.
    """
    project_id = project.project_id
    try:
        described = services.label_studio(project_id).describe_project(project_id)
    except ProjectGone:
        return f"Label Studio has no project {project_id}, or hides it from the user of LABEL_STUDIO_API_KEY."
    except (LabelStudioError, SettingsError) as exc:
        if project.state not in LEFT_ALONE:
            raise
        return f"Label Studio cannot be asked whether it has project {project_id} ({exc}) Here it is {project.state}."
    if not is_same_moment(project.created_at, described.created_at):
        return f"Project {project_id} of Label Studio is another one than that which is kept here."
    if project.state is ProjectState.DISCONNECTED:
        return f"Project {project_id} is disconnected."
    raise StoreError(
        f"Project {project_id} is in Label Studio and connected to this backend: run `mraru disconnect {project_id}` "
        "before it is forgotten."
    )


def _check_jobs(services: Services, project_id: int) -> None:
    jobs = services.store.batch_jobs.list_open(project_id)
    if jobs:
        raise StoreError(
            f"Project {project_id} waits for {spell_quantity(len(jobs), 'batch job')}, whose answers are paid "
            "for: they are fetched "
            f"while `mraru serve` runs. `mraru batches {project_id}` lists them, with --cancel it ends one."
        )
