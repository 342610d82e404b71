"""What callers are answered on a full disk and over a damaged store, and that nothing was begun that is refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from fakes.disks import damage_pages, no_room, read_only
from fakes.services import LABEL_CONFIG, MakeClient, MakeServices, connect
from mraru.bootstrap import Services
from mraru.store.projects.project_repository import Project, ProjectState
from mraru.web.flask_app import create_app
from mraru.worker.jobs import Jobs


@pytest.fixture
def running(services: Services) -> Services:
    connect(services)
    services.store.projects.start(1)
    services.store.projects.begin_sync(1, 1.0)
    services.store.stop_rules.note(1, {"target accuracy": "reached"}, 0, 1.0)
    services.store.projects.pause(1)
    return services


def known(services: Services) -> Project:
    project = services.store.projects.get(1)
    assert project is not None
    return project


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/projects/1/start", {}),
        ("post", "/api/projects/1/round", {}),
        ("patch", "/api/projects/1/settings", {"set": {"max_calls": 7}}),
        ("post", "/setup", {"project": "2.1", "schema": LABEL_CONFIG}),
        ("post", "/webhook", {"action": "START_TRAINING", "project": {"id": 1}}),
    ],
)
def test_on_a_full_disk_what_changes_something_is_refused_with_503_and_changes_nothing(
    client: FlaskClient, running: Services, woken: list[int], method: str, path: str, body: dict[str, object]
) -> None:
    before = known(running)
    with no_room():
        answer = client.open(path, method=method, json=body)
    assert answer.status_code == 503, answer.text
    assert "its disk is full" in answer.json["error"]
    assert answer.headers["Retry-After"]
    assert known(running) == before
    assert [row.overruled_until for row in running.store.stop_rules.list_all(1)] == [None]
    assert running.store.project_settings.load(1) == {}
    assert running.store.projects.get(2) is None
    assert (woken, running.store.events.count_open()) == ([], 0)


def test_a_store_that_may_not_be_written_still_shows_what_is_in_it(client: FlaskClient, running: Services) -> None:
    with read_only(running.store):
        assert client.post("/api/projects/1/start", json={}).status_code == 503
        assert client.get("/api/projects").json["projects"][0]["state"] == "paused"
        assert client.get("/health").status_code == 200


def test_a_pause_whose_answer_cannot_be_read_has_paused_nothing(
    running: Services, make_client: MakeClient, new_services: MakeServices, tmp_path: Path, woken: list[int]
) -> None:
    running.store.projects.start(1)
    running.store.close()
    damage_pages(tmp_path / "mraru.sqlite3", "tasks")  # which are counted for the answer, after all is written
    services = new_services()
    answer = make_client(services).post("/api/projects/1/pause", json={})
    assert (answer.status_code, woken) == (503, [])
    assert "is damaged" in answer.json["error"]
    assert not known(services).waits_for_people


def test_a_start_that_cannot_reach_the_queue_is_answered_as_what_it_is(running: Services, tmp_path: Path) -> None:
    jobs = Jobs(running)
    client = create_app(running, jobs.wake).test_client()
    jobs.huey.storage.close()
    with sqlite3.connect(tmp_path / "jobs.sqlite3", isolation_level=None) as writer:
        writer.execute("DROP TABLE task")
        writer.execute("CREATE VIEW task AS SELECT 1 AS id")  # a queue of another program: nothing can be put into it
    writer.close()
    answer = client.post("/api/projects/1/start", json={})
    assert (answer.status_code, answer.json["state"]) == (200, "running")
    assert known(running).state is ProjectState.RUNNING
    jobs.huey.storage.close()
