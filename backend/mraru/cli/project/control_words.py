"""`mraru start`, `mraru pause` and `mraru set`: what people do to a project, with the words for them."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mraru.bootstrap import Services
from mraru.errors import ProjectSettingInvalid
from mraru.records import SettingValue
from mraru.reporting.project_settings import list_project_settings
from mraru.settings.project_fields import ProjectSetting, SettingSource
from mraru.store.projects.project_repository import BROKEN
from mraru.use_cases.project_controls import ProjectControls
from mraru.worker.jobs import Jobs


def start_project(services: Services, project_id: int, console: Console | None = None) -> None:
    """Begin or go on with its rounds.

    Raises:
        ProjectUnknown: it was never connected.
    """
    controls = _open_controls(services)
    before = services.store.projects.get(project_id)
    held_back_by = controls.start(project_id).held_back_by
    if before is not None and before.state in BROKEN:
        said = (
            f"Project {project_id} had failed: {before.reason.rstrip('.')}. The worker tries again, and rounds go on "
            f"only if that is over: `mraru doctor {project_id}` and the dashboard tell."
        )
    elif held_back_by:
        said = (
            f"No round of project {project_id} can begin: {held_back_by}. The worker looks at this once more, and "
            "rounds go on by themselves once it is over."
        )
    else:
        said = (
            f"Project {project_id} is started. Its rounds go on while the worker runs, as far as its limits leave room."
        )
    _make_console(console).print(said)


def pause_project(services: Services, project_id: int, console: Console | None = None) -> None:
    """Begin no call to the teacher for it any more.

    Raises:
        ProjectUnknown: it was never connected.
        NothingToPause: nobody has started it.
    """
    _open_controls(services).pause(project_id)
    _make_console(console).print(
        f"Project {project_id} is paused: no call to the teacher is begun until `mraru start {project_id}`. "
        "What people correct is still learned."
    )


def set_for_project(
    services: Services,
    project_id: int,
    name: str | None,
    value: str | None,
    unset: Sequence[str] = (),
    console: Console | None = None,
) -> None:
    """Set one setting for a project, let the server's hold again for those of `unset`, and print them all.

    Raises:
        ProjectUnknown: it was never connected.
        ProjectSettingInvalid: the setting or its value is not allowed, or the value is missing.
    """
    console = _make_console(console)
    controls = _open_controls(services)
    if name is not None and value is None:
        raise ProjectSettingInvalid(f"{name}: say to what, as in `mraru set {project_id} {name} VALUE`")
    if name is not None or unset:
        controls.change_settings(project_id, {} if name is None else {name: value}, unset)
    console.print(_make_table(project_id, list_project_settings(services, project_id)))


def _open_controls(services: Services) -> ProjectControls:
    services.require_store()
    return ProjectControls(services, Jobs(services).wake)


def _make_console(console: Console | None) -> Console:
    return console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def _make_table(project_id: int, listed: Sequence[ProjectSetting]) -> Table:
    title = Text(f"Settings of project {project_id}")
    table = Table(
        "setting", "value", "set for", "of this environment", title=title, title_justify="left", box=box.SIMPLE_HEAD
    )
    for setting in listed:
        is_own = setting.source is SettingSource.PROJECT
        table.add_row(
            setting.environment_name,
            _spell(setting.value),
            "this project" if is_own else "all projects",
            _spell(setting.server_value) if is_own else "",
        )
    return table


def _spell(value: SettingValue) -> str:
    return "none" if value is None else str(value)
