from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from fakes.clocks import HandClock
from fakes.label_studio import FakeLabelStudio
from fakes.label_studio_views import FakeViews
from fakes.services import SERVED, connect
from mraru.bootstrap import Services
from mraru.cli.label_studio.tab_words import BUSY, refresh_tabs, remove_tabs
from mraru.errors import ProjectBusy, ProjectReplaced, ProjectUnknown
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.settings import load_settings

OURS = ["Review: LLM and student disagree", "Open, labelled by student alone", "Labelled by people"]

Run = Callable[..., list[str]]


@pytest.fixture
def views() -> FakeLabelStudio:
    return FakeLabelStudio()


@pytest.fixture
def services(tmp_path: Path, clock: HandClock, views: FakeViews, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """A running project that serves a student, with the tabs of a fake Label Studio."""
    services = Services(load_settings(model_dir=tmp_path), clock)
    monkeypatch.setattr(services, "label_studio", lambda project_id=None: views)
    connect(services)
    services.store.projects.start(1)
    services.store.projects.set_served(1, SERVED, 1)
    yield services
    services.store.close()


@pytest.fixture
def run(services: Services) -> Run:
    """`run(restore=False)`: the lines that `mraru tabs` prints."""

    def print_tabs(**options: bool) -> list[str]:
        console = Console(record=True, width=200)
        refresh_tabs(services, 1, console=console, **options)
        return console.export_text().splitlines()

    return print_tabs


def test_tabs_are_made_and_then_are_as_they_should_be(run: Run, views: FakeViews) -> None:
    assert run() == [f"{title}: made" for title in OURS]
    assert views.titles == ["Default", *OURS]
    assert run() == [f"{title}: as it should be" for title in OURS]


def test_a_deleted_tab_is_told_and_made_again_with_restore(run: Run, views: FakeViews) -> None:
    run()
    views.delete_view(1, views.find("Labelled by people"))
    assert run()[-1] == "Labelled by people: deleted by the team: --restore makes it again"
    assert run(restore=True)[0] == "Labelled by people: made again"
    assert views.titles == ["Default", *OURS]


def test_a_changed_definition_is_told(run: Run, services: Services) -> None:
    run()
    services.store.teacher_labels.save(
        1,
        text_hash="one",
        answer=TeacherAnswer(label="s", raw="s"),
        identity=TeacherIdentity(model="gpt", prompt_version="p1"),
        round_number=1,
        at=1.0,
    )
    lines = run()
    assert "Open, labelled by LLM: made" in lines
    assert f"{OURS[1]}: brought up to date" in lines


def test_while_a_round_is_under_way_its_push_does_it(run: Run, services: Services, views: FakeViews) -> None:
    with services.store.leases.hold(1):
        assert run() == [BUSY]
        with pytest.raises(ProjectBusy):
            remove_tabs(services, 1, Console(record=True))
    assert views.titles == []


def test_removing_leaves_the_teams_tabs(run: Run, services: Services, views: FakeViews) -> None:
    run()
    console = Console(record=True, width=200)
    remove_tabs(services, 1, console)
    assert console.export_text().startswith("Removed 3 of our tabs. The next push makes them again")
    assert views.titles == ["Default"]


def test_before_the_first_push_there_are_none(run: Run, services: Services, views: FakeViews) -> None:
    services.store.projects.await_start(1)
    assert run() == ["No tabs yet: the first push of predictions makes them."]
    assert views.titles == []


def test_a_project_that_is_not_known_is_refused(services: Services) -> None:
    with pytest.raises(ProjectUnknown):
        refresh_tabs(services, 2)


def test_the_tabs_of_another_project_of_that_number_are_left_alone(
    run: Run, services: Services, views: FakeLabelStudio
) -> None:
    run()
    services.store.projects.describe(views.describe_project(1))
    views.created_at = "2026-02-01T00:00:00Z"  # its database was made anew: our numbers are those of the team's tabs
    with pytest.raises(ProjectReplaced, match="MODEL_DIR"):
        run()
    with pytest.raises(ProjectReplaced, match="MODEL_DIR"):
        remove_tabs(services, 1)
    assert views.titles == ["Default", *OURS]
