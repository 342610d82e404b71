from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from fakes.services import MakeServices, connect
from mraru.bootstrap import Services
from mraru.cli.commands import app
from mraru.cli.project.control_words import pause_project, set_for_project, start_project
from mraru.errors import NothingToPause, ProjectDisconnected, ProjectSettingInvalid, ProjectUnknown
from mraru.settings import load_settings
from mraru.store.projects.project_repository import Project, ProjectState
from mraru.worker.jobs import Jobs


@pytest.fixture
def started(new_services: MakeServices) -> Services:
    made = new_services()
    connect(made)
    made.store.projects.start(1)
    return made


@pytest.fixture
def console() -> Console:
    return Console(file=StringIO(), width=200, highlight=False, markup=False)


def shown(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def known(services: Services) -> Project:
    project = services.store.projects.get(1)
    assert project is not None
    return project


def waiting(services: Services) -> list[int]:
    """Projects that the worker is to look at."""
    jobs = Jobs(services)
    found = [task.args[0] for task in jobs.huey.pending()]
    jobs.huey.storage.close()
    return found


def test_a_project_is_paused_and_started_again(started: Services, console: Console) -> None:
    pause_project(started, 1, console)
    assert known(started).waits_for_people
    assert "no call to the teacher is begun until `mraru start 1`" in shown(console)
    start_project(started, 1, console)
    assert (known(started).state, known(started).rounds_left) == (ProjectState.RUNNING, None)
    assert waiting(started) == [1]


def test_a_start_says_what_it_does_not_overrule(started: Services, console: Console) -> None:
    started.store.projects.set_state(1, ProjectState.STOPPED, "nothing is left to ask about")
    start_project(started, 1, console)
    assert "No round of project 1 can begin: nothing is left to ask about." in shown(console)
    assert "is started" not in shown(console)
    assert waiting(started) == [1]


@pytest.mark.parametrize("state", [ProjectState.FAILED, ProjectState.GONE])
def test_a_start_says_that_what_failed_may_fail_again(started: Services, console: Console, state: ProjectState) -> None:
    started.store.projects.set_state(1, state, "Label Studio holds another project of that number.")
    start_project(started, 1, console)
    assert "Project 1 had failed: Label Studio holds another project of that number." in shown(console)
    assert "`mraru doctor 1`" in shown(console)
    assert "is started" not in shown(console)
    assert waiting(started) == [1]


def test_settings_are_listed_set_and_unset(started: Services, console: Console) -> None:
    set_for_project(started, 1, "MRARU_MAX_CALLS", "50", console=console)
    assert started.store.project_settings.load(1) == {"max_calls": 50}
    (line,) = [line for line in shown(console).splitlines() if "MRARU_MAX_CALLS" in line]
    assert line.split() == ["MRARU_MAX_CALLS", "50", "this", "project", "1000"]
    set_for_project(started, 1, None, None, ["max_calls"], console)
    assert started.store.project_settings.load(1) == {}
    assert waiting(started) == [1]
    set_for_project(started, 1, None, None, console=console)
    last = [line for line in shown(console).splitlines() if "MRARU_MAX_CALLS" in line][-1]
    assert last.split() == ["MRARU_MAX_CALLS", "1000", "all", "projects"]
    assert waiting(started) == [1]  # looking changes nothing


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("MRARU_MAX_CALLS", None, "MRARU_MAX_CALLS: say to what, as in `mraru set 1 MRARU_MAX_CALLS VALUE`"),
        ("MRARU_MAX_CALLS", "many", "MRARU_MAX_CALLS: must be an integer"),
        ("MODEL_DIR", "/tmp", "'MODEL_DIR' cannot be set for one project"),
    ],
)
def test_what_cannot_be_set_is_named(started: Services, name: str, value: str | None, message: str) -> None:
    with pytest.raises(ProjectSettingInvalid, match=f"^{message}"):
        set_for_project(started, 1, name, value)
    assert started.store.project_settings.load(1) == {}


def test_a_project_that_is_unknown_or_not_started_is_named(started: Services, tmp_path: Path) -> None:
    for act in (start_project, pause_project):
        with pytest.raises(ProjectUnknown, match="Project 7 is not connected"):
            act(started, 7)
    with pytest.raises(ProjectUnknown, match="Project 7"):
        set_for_project(started, 7, None, None)
    started.store.projects.await_start(1)
    with pytest.raises(NothingToPause, match="Nobody has started project 1"):
        pause_project(started, 1)
    started.store.projects.disconnect(1)
    with pytest.raises(ProjectDisconnected, match="run `mraru connect 1`"):
        start_project(started, 1)
    nowhere = Services(load_settings(model_dir=tmp_path / "nowhere"))
    with pytest.raises(ProjectUnknown, match="No backend has kept anything"):
        start_project(nowhere, 1)
    assert not (tmp_path / "nowhere").exists()


def test_the_commands_are_there(started: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MODEL_DIR", str(tmp_path))
    runner = CliRunner()
    for arguments in (["pause", "1"], ["set", "1", "max_rounds", "none"], ["set", "1", "--unset", "max_rounds"]):
        assert runner.invoke(app, arguments).exit_code == 0
    assert known(started).waits_for_people
    assert runner.invoke(app, ["start", "1"]).exit_code == 0
    assert known(started).state is ProjectState.RUNNING
    assert runner.invoke(app, ["set", "1"]).exit_code == 0
