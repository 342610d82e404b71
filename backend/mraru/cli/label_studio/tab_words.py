"""`mraru tabs`: our tabs in Label Studio's Data Manager."""

from __future__ import annotations

from rich.console import Console

from mraru.bootstrap import Services
from mraru.errors import ProjectBusy, ProjectUnknown
from mraru.projects.predictions.data_manager_tabs import KeptTabs, Tabs

BUSY = "A round is under way: its push brings the tabs up to date."


def refresh_tabs(services: Services, project_id: int, *, restore: bool = False, console: Console | None = None) -> None:
    """Bring the tabs up to date and say what was done; with `restore`, make again what the team deleted.

    Raises:
        ProjectUnknown: the store does not know the project.
        ProjectReplaced: it knows another one of that number.
        LabelStudioError: Label Studio cannot be reached, or refuses.
    """
    console = console or _console()
    tabs = _find_tabs(services, project_id)
    n_restored = tabs.restore() if restore else 0
    try:
        with services.store.leases.hold(project_id):
            kept = tabs.keep()
    except ProjectBusy:
        console.print(BUSY)
        return
    if kept == KeptTabs():
        console.print("No tabs yet: the first push of predictions makes them.")
    for said, titles in (
        ("made again" if n_restored else "made", kept.made),
        ("brought up to date", kept.changed),
        ("as it should be", kept.as_they_were),
        ("deleted by the team: --restore makes it again", kept.deleted_by_team),
    ):
        for title in titles:
            console.print(f"{title}: {said}")


def remove_tabs(services: Services, project_id: int, console: Console | None = None) -> None:
    """Take our tabs out of Label Studio; the next push makes them again unless MRARU_TABS is false.

    Raises:
        ProjectUnknown: the store does not know the project.
        ProjectReplaced: it knows another one of that number, whose tabs have other numbers.
        ProjectBusy: a round is under way.
        LabelStudioError: Label Studio cannot be reached, or refuses.
    """
    console = console or _console()
    tabs = _find_tabs(services, project_id)
    with services.store.leases.hold(project_id):
        n_removed = tabs.remove()
    again = " The next push makes them again, unless MRARU_TABS is false." if services.settings.tabs else ""
    console.print(f"Removed {n_removed} of our tabs.{again}")


def _find_tabs(services: Services, project_id: int) -> Tabs:
    if services.require_store().projects.get(project_id) is None:
        raise ProjectUnknown
    label_studio = services.label_studio(project_id)
    services.store.projects.require_same(label_studio.describe_project(project_id))
    return Tabs(services.store, label_studio, project_id)


def _console() -> Console:
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
