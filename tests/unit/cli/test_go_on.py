from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from fakes.services import MakeServices, connect
from mraru.bootstrap import Services
from mraru.cli.project.go_on import overrule_stop_rules
from mraru.errors import NothingToGoOn, ProjectDisconnected
from mraru.store.projects.project_repository import ProjectState
from mraru.worker.jobs import Jobs


@pytest.fixture
def services(new_services: MakeServices) -> Services:
    made = new_services()
    connect(made)
    made.store.projects.start(1)
    made.store.projects.begin_sync(1, 1.0)
    return made


def waiting(services: Services) -> list[int]:
    """Projects that the worker is to look at."""
    jobs = Jobs(services)
    found = [task.args[0] for task in jobs.huey.pending()]
    jobs.huey.storage.close()
    return found


def test_going_on_overrules_what_stands_and_wakes_the_worker(services: Services) -> None:
    services.store.stop_rules.note(1, {"stable predictions": "why", "target accuracy": "reached"}, 0, 1.0)
    services.store.projects.set_state(1, ProjectState.STOPPED, "why; reached")
    console = Console(file=StringIO(), width=200)
    overrule_stop_rules(services, 1, 4, console)
    assert [row.overruled_until for row in services.store.stop_rules.list_all(1)] == [4, 4]
    project = services.store.projects.get(1)
    assert project is not None
    assert (project.state, project.reason) == (ProjectState.RUNNING, "")
    assert waiting(services) == [1]
    assert console.file.getvalue() == (  # type: ignore[attr-defined]
        "Project 1 goes on for 4 rounds in spite of: stable predictions, target accuracy.\n"
    )


def test_without_a_number_it_goes_on_for_as_many_rounds_as_were_set_for_the_project(services: Services) -> None:
    services.store.stop_rules.note(1, {"target accuracy": "reached"}, 0, 1.0)
    services.store.project_settings.change(1, {"go_on_rounds": 6})
    overrule_stop_rules(services, 1, console=Console(file=StringIO()))
    assert [row.overruled_until for row in services.store.stop_rules.list_all(1)] == [6]


def test_a_budget_is_not_overruled_and_the_reason_is_told(services: Services) -> None:
    services.store.projects.set_state(1, ProjectState.STOPPED, "budget: 5 of 5 calls made (MRARU_MAX_CALLS)")
    with pytest.raises(NothingToGoOn, match=r"Project 1 is stopped: budget: 5 of 5 calls made \(MRARU_MAX_CALLS\)\. "):
        overrule_stop_rules(services, 1, 4)
    project = services.store.projects.get(1)
    assert project is not None
    assert project.state is ProjectState.STOPPED
    assert waiting(services) == []


def test_a_disconnected_project_does_not_go_on(services: Services) -> None:
    connect(services)
    services.store.stop_rules.note(1, {"target accuracy": "reached"}, 0, 1.0)
    services.store.projects.disconnect(1)
    with pytest.raises(ProjectDisconnected):
        overrule_stop_rules(services, 1, 4)
    assert [rule.overruled_until for rule in services.store.stop_rules.list_all(1)] == [None]


def test_a_project_that_is_not_connected_is_named(services: Services) -> None:
    with pytest.raises(NothingToGoOn, match="Project 7 is not connected"):
        overrule_stop_rules(services, 7, 4)
