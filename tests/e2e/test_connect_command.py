"""`mraru connect` and `mraru disconnect` as people run them: what they print, and their exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from e2e.running import clean_environment
from fakes.backend_server import FakeBackendServer
from mraru.cli.commands import run
from mraru.demo.label_studio_server import free_port
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.formats.data_manager_views import ViewContent
from mraru.store.review.review_tabs import ReviewTab
from mraru.store.store import open_store

pytestmark = pytest.mark.label_studio

ProjectMaker = Callable[..., int]
Command = Callable[..., tuple[int, str, str]]

NOT_A_CHOICE = '<View><Text name="t" value="$text"/><TextArea name="r" toName="t"/></View>'


@pytest.fixture
def mraru(
    label_studio: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """`mraru(*arguments, **settings)`: exit code and the two outputs, the first with its lines joined."""
    monkeypatch.chdir(tmp_path)

    def run_here(*arguments: str, **settings: str) -> tuple[int, str, str]:
        own = {"LABEL_STUDIO_URL": label_studio.url, "LABEL_STUDIO_API_KEY": label_studio.token}
        with monkeypatch.context() as patch:
            for name in os.environ.keys() - clean_environment({}).keys():
                patch.delenv(name)
            for name, value in (own | settings).items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["mraru", *arguments])
            with pytest.raises(SystemExit) as ended:
                run()
        said = capsys.readouterr()
        return int(ended.value.code or 0), " ".join(said.out.split()), said.err

    return run_here


def test_connecting_and_disconnecting_twice_changes_nothing_the_second_time(
    mraru: Command, make_project: ProjectMaker, label_studio_client: LabelStudioClient
) -> None:
    project_id = make_project(["x", "y"], ("A", "B"))

    def registered() -> tuple[object, ...]:
        backends = label_studio_client.list_backends(project_id)
        webhooks = label_studio_client.list_webhooks(project_id)
        return backends, webhooks, label_studio_client.describe_project(project_id)

    with FakeBackendServer() as backend:
        where = (str(project_id), "--backend-url", backend.url)
        assert registered()[:2] == ([], [])

        code, said, _ = mraru("connect", *where)
        after_first = registered()
        assert code == 0
        assert f"Registered {backend.url} as ML backend 'M-RARU'." in said
        assert "the built-in zero-shot teacher (no LLM) labels texts as A, B" in said
        assert "right on 19 to 85 % of the texts of four public data sets" in said
        assert "have people check some of them" in said
        assert '<TextArea name="mraru" toName="text"' in said

        code, said, _ = mraru("connect", *where)
        assert (code, registered()) == (0, after_first)
        assert said.endswith("was connected already: nothing changed.")

        code, said, _ = mraru("disconnect", *where)
        after_third = registered()
        assert (code, after_third[:2]) == (0, ([], []))
        assert f"Removed ML backend {backend.url}." in said

        assert_one_line(mraru("disconnect", *where), f"was not connected to {backend.url}: nothing was changed.")
        assert registered() == after_third


def test_disconnecting_another_address_changes_nothing_and_says_which_it_is(
    mraru: Command, make_project: ProjectMaker, label_studio_client: LabelStudioClient
) -> None:
    project = str(make_project(["x", "y"], ("A", "B")))
    with FakeBackendServer() as backend:
        assert mraru("connect", project, MRARU_BACKEND_URL=backend.url)[0] == 0
        before = label_studio_client.list_backends(int(project)), label_studio_client.list_webhooks(int(project))
        assert [row.url for row in before[0]] == [backend.url]
        assert_one_line(mraru("disconnect", project), f"--backend-url {backend.url}")
        assert_one_line(mraru("disconnect", project, PORT="9191"), "not connected to http://localhost:9191")
        after = label_studio_client.list_backends(int(project)), label_studio_client.list_webhooks(int(project))
        assert after == before
        assert mraru("disconnect", project, MRARU_BACKEND_URL=backend.url)[0] == 0
    assert label_studio_client.list_backends(int(project)) == []


def test_tabs_that_the_team_deleted_stay_deleted_and_disconnecting_takes_ours_out(
    mraru: Command, make_project: ProjectMaker, label_studio_client: LabelStudioClient, tmp_path: Path
) -> None:
    project_id = make_project(["x", "y"], ("A", "B"))
    ours, mine = (label_studio_client.create_view(project_id, ViewContent(title=title)) for title in ("Ours", "Mine"))

    with FakeBackendServer() as backend:
        where = (str(project_id), "--backend-url", backend.url)
        mraru("connect", *where)
        store = open_store(tmp_path / "mraru-data" / "mraru.sqlite3")
        config = label_studio_client.describe_project(project_id).label_config
        store.projects.connect(  # as a backend does at /setup
            project_id, label_config=config, hostname=None, access_token=None, backend_url=backend.url
        )
        for kind, view_id in (("review", ours), ("llm", 999_999)):
            store.review_tabs.save(project_id, ReviewTab(kind=kind, view_id=view_id, written="{}"))

        mraru("connect", *where)  # what the team deleted stays deleted
        assert {view.view_id for view in label_studio_client.list_views(project_id)} == {ours, mine}

        _, said, _ = mraru("disconnect", *where)
        assert "Removed 1 of our tabs from its Data Manager; those of the team stay." in said
        assert [view.view_id for view in label_studio_client.list_views(project_id)] == [mine]
        assert [tab.kind for tab in store.review_tabs.list_all(project_id)] == ["llm"]  # not to be made again
        store.close()


def test_what_is_wrong_is_said_in_one_line(mraru: Command, make_project: ProjectMaker) -> None:
    nowhere = f"http://127.0.0.1:{free_port(0)}"
    project = str(make_project(["x"], ("A", "B")))
    assert_one_line(mraru("connect", project, LABEL_STUDIO_API_KEY=""), "LABEL_STUDIO_API_KEY")
    assert_one_line(mraru("connect", project, LABEL_STUDIO_API_KEY="0" * 40), "LABEL_STUDIO_API_KEY")
    assert_one_line(mraru("connect", "999999"), "project 999999")
    assert_one_line(mraru("connect", project, LABEL_STUDIO_URL=nowhere), nowhere)
    assert_one_line(mraru("disconnect", project, LABEL_STUDIO_URL=nowhere), nowhere)


def test_a_label_config_that_is_not_supported_is_said_in_one_line(
    mraru: Command, make_project: ProjectMaker, label_studio_client: LabelStudioClient
) -> None:
    project_id = make_project(["x"], (), NOT_A_CHOICE)
    assert_one_line(mraru("connect", str(project_id)), '<TextArea name="r"> (no choice, taxonomy or rating)')
    assert label_studio_client.list_backends(project_id) == []


def test_a_backend_that_is_not_running_is_said_in_one_line(
    mraru: Command, make_project: ProjectMaker, label_studio_client: LabelStudioClient
) -> None:
    project_id, nowhere = make_project(["x"], ("A", "B")), f"http://127.0.0.1:{free_port(0)}"
    code, said, error = mraru("connect", str(project_id), "--backend-url", nowhere)
    assert "Looked at its only task" in said  # before anything else
    assert_one_line((code, "", error), nowhere)
    assert label_studio_client.list_backends(project_id) == []


def assert_one_line(outcome: tuple[int, str, str], names: str) -> None:
    code, said, error = outcome
    assert code == 1
    assert said == ""
    assert error.startswith("mraru: ")
    assert error.count("\n") == 1, error
    assert names in error
