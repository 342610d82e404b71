"""The projects of a demo's folder that an earlier demo made: they ask nothing while another one is shown."""

from __future__ import annotations

from dataclasses import dataclass

from mraru.bootstrap import Services
from mraru.projects.round_controls import pause_rounds


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerProject:
    """One that was paused."""

    project_id: int
    title: str


def pause_former_projects(services: Services, project_id: int) -> tuple[FormerProject, ...]:
    """Pause every other project whose rounds would go on with the worker, and return these; before the worker starts.

    Their calls would cost money that nobody meant to spend: whoever starts a demo asks for one project.
    """
    if not services.has_store:
        return ()
    paused = []
    for project in services.store.projects.list_all():
        if project.project_id != project_id and project.is_started and not project.waits_for_people:
            pause_rounds(services.store, project.project_id)
            paused.append(FormerProject(project_id=project.project_id, title=project.title))
    return tuple(paused)
