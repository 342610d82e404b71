from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from fakes.clocks import HandClock
from fakes.services import MakeClient, MakeServices, connect
from mraru.bootstrap import Services
from mraru.records import TaskText
from mraru.reporting.control_figures import describe_controls
from mraru.store.projects.project_repository import Project, ProjectState
from mraru.web.dashboard.elements.control_forms import list_idle_buttons


@pytest.fixture
def running(services: Services) -> Services:
    connect(services)
    services.store.projects.start(1)
    services.store.projects.begin_sync(1, 1.0)
    return services


def known(services: Services) -> Project:
    project = services.store.projects.get(1)
    assert project is not None
    return project


def press(client: FlaskClient, action: str) -> dict[str, object]:
    answer = client.post(f"/api/projects/1/{action}", json={})
    assert answer.status_code == 200, answer.text
    assert isinstance(answer.json, dict)
    return answer.json


def test_pause_round_and_start_change_the_state_and_wake_the_worker(
    client: FlaskClient, running: Services, woken: list[int]
) -> None:
    paused = press(client, "pause")
    assert (paused["state"], paused["rounds_left"]) == ("paused", 0)
    assert str(paused["reason"]).startswith("paused by a person: ")
    assert (paused["can_start"], paused["can_pause"], paused["can_run_round"]) == (True, False, True)
    assert known(running).waits_for_people
    one = press(client, "round")
    assert (one["state"], one["reason"], one["rounds_left"]) == ("running", "", 1)
    assert (one["can_start"], one["can_pause"], one["can_run_round"]) == (True, True, False)
    started = press(client, "start")
    assert (started["state"], started["rounds_left"]) == ("running", None)
    assert (started["can_start"], started["can_pause"], started["can_run_round"]) == (False, True, True)
    assert woken == [1, 1, 1]


def test_starting_overrules_the_rules_of_quality_for_as_many_rounds_as_the_project_says(
    client: FlaskClient, running: Services
) -> None:
    running.store.stop_rules.note(1, {"target accuracy": "reached"}, 0, 1.0)
    running.store.projects.set_state(1, ProjectState.STOPPED, "reached")
    client.patch("/api/projects/1/settings", json={"set": {"go_on_rounds": 7}})
    press(client, "start")
    assert [row.overruled_until for row in running.store.stop_rules.list_all(1)] == [7]


def test_a_pause_of_what_nobody_started_is_refused(client: FlaskClient, services: Services, woken: list[int]) -> None:
    connect(services)
    answer = client.post("/api/projects/1/pause", json={})
    assert answer.status_code == 409
    assert "Nobody has started project 1" in answer.json["error"]
    assert woken == []


@pytest.mark.parametrize("action", ["start", "round"])
def test_what_is_disconnected_is_not_started(
    client: FlaskClient, running: Services, woken: list[int], action: str
) -> None:
    running.store.projects.disconnect(1)
    answer = client.post(f"/api/projects/1/{action}", json={})
    assert answer.status_code == 409
    assert "`mraru connect 1`" in answer.json["error"]
    assert client.post("/api/projects/1/pause", json={}).status_code == 409
    assert known(running).state is ProjectState.DISCONNECTED
    assert client.get("/api/projects/1").json["controls"] == {
        "state": "disconnected",
        "reason": "",
        "rounds_left": None,
        "can_start": False,
        "can_pause": False,
        "can_run_round": False,
        "is_start_next": False,
        "held_back_by": "",
    }
    assert woken == []


def test_a_start_is_next_where_it_overrules_all_that_ended_the_rounds(client: FlaskClient, running: Services) -> None:
    store = running.store
    store.tasks.save(1, [TaskText(task_id=1, text="a")])
    store.stop_rules.note(
        1, {"target accuracy": "as good as wanted", "stable predictions": "the same; as before"}, 9, 1.0
    )

    def is_next(reason: str) -> bool:
        store.projects.set_state(1, ProjectState.STOPPED, reason)
        return bool(client.get("/api/projects/1").json["controls"]["is_start_next"])

    assert is_next("the same; as before; as good as wanted")
    assert not is_next("nothing is left to ask about; as good as wanted")
    store.stop_rules.overrule(1, 20)
    assert not is_next("as good as wanted")


@pytest.mark.parametrize(
    "limit",
    [
        "nothing is left to ask about",
        "budget: 5 of 5 calls made (MRARU_MAX_CALLS)",
        "10 of 10 rounds done (MRARU_MAX_ROUNDS)",
        "no uncertainty left",
    ],
)
def test_where_a_limit_holds_no_button_begins_a_round_and_all_who_ask_are_told(
    client: FlaskClient, running: Services, limit: str
) -> None:
    running.store.stop_rules.note(1, {"target accuracy": "as good as wanted"}, 0, 1.0)
    running.store.projects.set_state(1, ProjectState.STOPPED, f"{limit}; as good as wanted")
    figures = describe_controls(running.store, known(running))
    assert (figures.can_start, figures.can_run_round, figures.held_back_by) == (False, False, limit)
    assert list_idle_buttons(figures) == {name: f"No round would begin: {limit}." for name in ("start", "one-round")}
    assert press(client, "start")["held_back_by"] == limit
    running.store.projects.set_state(1, ProjectState.STOPPED, limit)
    assert press(client, "round")["held_back_by"] == limit


def test_what_a_start_overrules_greys_out_nothing(running: Services) -> None:
    running.store.stop_rules.note(1, {"stable predictions": "the same; as before"}, 9, 1.0)
    running.store.projects.set_state(1, ProjectState.STOPPED, "the same; as before")
    figures = describe_controls(running.store, known(running))
    assert (figures.can_start, figures.can_run_round, figures.held_back_by) == (True, True, "")


@pytest.mark.parametrize("action", ["start", "pause", "round"])
def test_what_is_unknown_is_not_found(client: FlaskClient, services: Services, action: str) -> None:
    assert client.post(f"/api/projects/7/{action}", json={}).status_code == 404
    assert client.patch("/api/projects/7/settings", json={"set": {"max_calls": 1}}).status_code == 404
    assert client.get("/api/projects/7/settings").status_code == 404
    assert services.store.project_settings.load(7) == {}
    assert client.post("/api/projects/7/explode", json={}).status_code == 404


@pytest.mark.parametrize("action", ["start", "pause", "round"])
def test_a_link_or_an_image_changes_nothing(client: FlaskClient, running: Services, action: str) -> None:
    assert client.get(f"/api/projects/1/{action}").status_code == 405
    assert known(running).state is ProjectState.RUNNING


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_only_json_is_taken_which_no_form_can_send(client: FlaskClient, running: Services, content_type: str) -> None:
    for path, send in (("pause", client.post), ("settings", client.patch)):
        answer = send(f"/api/projects/1/{path}", data='{"set": {"max_calls": 9}}', content_type=content_type)
        assert answer.status_code == 415
        assert "application/json" in answer.json["error"]
    assert client.post("/api/projects/1/pause").status_code == 415
    assert known(running).state is ProjectState.RUNNING
    assert running.store.project_settings.load(1) == {}


def test_settings_are_listed_with_who_set_them(client: FlaskClient, running: Services, clock: HandClock) -> None:
    running.store.project_settings.change(1, {"max_calls": 50})
    listed = {setting["name"]: setting for setting in client.get("/api/projects/1/settings").json["settings"]}
    assert listed["max_calls"] == {
        "name": "max_calls",
        "environment_name": "MRARU_MAX_CALLS",
        "description": "Calls to the teacher per project that may never be passed.",
        "kind": "integer",
        "choices": [],
        "allowed": "an integer of at least 0 and of at most 1,000,000,000",
        "is_nullable": False,
        "value": 50,
        "server_value": 1000,
        "source": "project",
        "changed_at": clock.now,
    }
    student = listed["student"]
    assert (student["value"], student["source"], student["changed_at"]) == ("logreg", "server", None)
    assert student["choices"] == ["logreg", "svm", "lda", "rf", "hgb"]


def test_settings_are_set_and_unset_and_the_worker_looks_at_once(
    client: FlaskClient, running: Services, woken: list[int]
) -> None:
    answer = client.patch("/api/projects/1/settings", json={"set": {"MRARU_MAX_CALLS": "50", "max_rounds": None}})
    assert answer.status_code == 200
    assert running.store.project_settings.load(1) == {"max_calls": 50, "max_rounds": None}
    figures = client.get("/api/projects/1").json
    assert (figures["teacher"]["max_calls"], figures["student"]) == (50, "logreg")
    client.patch("/api/projects/1/settings", json={"set": {"student": "svm"}, "unset": ["max_calls"]})
    assert running.store.project_settings.load(1) == {"max_rounds": None, "student": "svm"}
    figures = client.get("/api/projects/1").json
    assert (figures["teacher"]["max_calls"], figures["student"]) == (1000, "svm")
    assert 'mraru_budget_calls{project="1"} 1000.0' in client.get("/metrics").text
    assert woken == [1, 1]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"set": {"max_calls": 9, "batch_size": 0}}, "MRARU_BATCH_SIZE: must be an integer of at least 1"),
        ({"set": {"max_calls": 9, "openai_api_key": "k"}}, "'openai_api_key' cannot be set for one project"),
        ({"set": {"max_calls": 9}, "unset": ["MRARU_MAX_CALLS"]}, "max_calls: cannot be set and unset at once"),
        ({"set": {"max_calls": 9}, "more": 1}, "more: Extra inputs are not permitted"),
        ({"set": [9]}, "set: Input should be a valid dictionary"),
        ([9], "The body must be a JSON object."),
    ],
)
def test_what_is_refused_changes_nothing_and_says_why(
    client: FlaskClient, running: Services, woken: list[int], body: object, message: str
) -> None:
    answer = client.patch("/api/projects/1/settings", json=body)
    assert answer.status_code == 400
    assert message in answer.json["error"]
    assert running.store.project_settings.load(1) == {}
    assert woken == []


def test_a_failed_project_is_tried_again_after_a_change(client: FlaskClient, running: Services) -> None:
    running.store.projects.set_state(1, ProjectState.FAILED, "no")
    client.patch("/api/projects/1/settings", json={"set": {"student": "svm"}})
    assert known(running).is_sync_due


def test_a_value_that_is_possible_no_more_is_shown_named_and_can_be_taken_back(
    make_client: MakeClient, new_services: MakeServices
) -> None:
    services = new_services()
    connect(services)
    services.store.project_settings.change(1, {"student": "forest", "of_another_version": 3})
    client = make_client(services)
    assert client.get("/api/projects/1").json["student"] == "logreg"
    assert client.get("/metrics").status_code == 200
    answer = client.post("/api/projects/1/start", json={})
    assert answer.status_code == 400
    assert "Of what was set for project 1: " in answer.json["error"]
    assert "`mraru set 1 --unset NAME` takes a value back" in answer.json["error"]
    client.patch("/api/projects/1/settings", json={"unset": ["student", "of_another_version"]})
    assert client.post("/api/projects/1/start", json={}).status_code == 200
