"""A second demo in the same folder: projects of the first one ask nothing more unless somebody says so."""

from __future__ import annotations

from fakes.services import connect
from mraru.bootstrap import Services
from mraru.demo.former_projects import FormerProject, pause_former_projects
from mraru.demo.sample_texts import load_bbc_news
from mraru.store.projects.project_repository import ProjectState


def state_of(services: Services, project_id: int) -> ProjectState:
    project = services.store.projects.get(project_id)
    assert project is not None
    return project.state


def test_former_projects_are_paused_and_the_one_that_is_shown_is_not(services: Services) -> None:
    for project_id in (1, 2, 3, 4):
        connect(services, project_id)
    for project_id in (1, 2, 3):
        services.store.projects.start(project_id)
    services.store.projects.set_state(3, ProjectState.STOPPED, "10 of 10 rounds done (MRARU_MAX_ROUNDS)")
    assert [former.project_id for former in pause_former_projects(services, 2)] == [1, 3]
    assert [state_of(services, number) for number in (1, 2, 3, 4)] == [
        ProjectState.PAUSED,
        ProjectState.RUNNING,
        ProjectState.PAUSED,
        ProjectState.CONNECTED,
    ]
    assert pause_former_projects(services, 2) == ()  # said once


def test_they_are_named(services: Services) -> None:
    connect(services, 1)
    services.store.projects.start(1)
    assert pause_former_projects(services, 7) == (FormerProject(project_id=1, title=""),)


def test_projects_of_fewer_and_of_more_texts_have_titles_of_their_own() -> None:
    samples = load_bbc_news()
    assert samples.first(150).project_title == "M-RARU demo: BBC News, first 150 texts"
    assert samples.first(None).project_title == samples.first(9999).project_title == "M-RARU demo: BBC News"
