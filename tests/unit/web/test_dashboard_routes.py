from __future__ import annotations

import csv
import io
import json
import re

import pytest
from flask.testing import FlaskClient

from fakes.component_tree import words_of
from fakes.dash_callback import URL, look, press, save_settings
from fakes.dashboard import HOSTILE
from fakes.services import MakeClient, MakeServices
from mraru.bootstrap import Services
from mraru.store.projects.project_repository import ProjectState

PAGES = ("/dashboard/", "/dashboard/projects/3", "/dashboard/projects/3/review?page=2", "/dashboard/nothing")


@pytest.fixture
def browser(make_client: MakeClient, filled: Services) -> FlaskClient:
    return make_client(filled)


def answer_of(answer: object) -> str:
    response = json.loads(str(answer))["response"]
    return words_of(response[next(iter(response))]["children"])


@pytest.mark.parametrize("path", PAGES)
def test_a_page_names_no_other_host_and_lets_none_in(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path)
    loaded = re.findall(r'(?:src|href)="([^"]*)"', answer.text)
    assert len(loaded) > 5
    assert [address for address in loaded if not address.startswith("/dashboard/")] == []
    assert re.findall(r"https?:", answer.text) == []
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy


def test_everything_that_a_page_loads_is_served(browser: FlaskClient) -> None:
    for address in re.findall(r'(?:src|href)="([^"]*)"', browser.get("/dashboard/").text):
        with browser.get(address) as answer:
            assert answer.status_code == 200, address


def test_a_page_says_its_language_and_its_title(browser: FlaskClient) -> None:
    page = browser.get("/dashboard/projects/3/review").text
    assert '<html lang="en">' in page
    assert "<title>Review – News desk – M-RARU</title>" in page
    assert "<title>Not found – M-RARU</title>" in browser.get("/dashboard/projects/9").text


def test_a_title_that_is_markup_stays_words(browser: FlaskClient, filled: Services) -> None:
    description = filled.store.projects.get(3)
    assert description is not None
    with filled.store.database.write() as connection:
        connection.exec_driver_sql("UPDATE projects SET title = '</title><script>alert(1)</script>'")
    assert "<script>alert" not in browser.get("/dashboard/projects/3").text


def test_people_come_from_the_root_to_the_dashboard_and_others_are_told_that_it_is_up(browser: FlaskClient) -> None:
    answer = browser.get("/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status_code, answer.location) == (302, "/dashboard/")
    assert browser.get("/").json["status"] == "UP"
    assert browser.get("/", headers={"Accept": "application/json"}).json["status"] == "UP"


@pytest.mark.parametrize(
    "path", [*PAGES, "/dashboard/_dash-layout", "/dashboard/_dash-dependencies", "/dashboard/assets/dashboard.css"]
)
def test_nothing_of_the_dashboard_is_told_to_strangers(
    copied_store: None, new_services: MakeServices, make_client: MakeClient, path: str
) -> None:
    client = make_client(new_services(basic_auth_user="user", basic_auth_pass="password"))
    assert client.get(path).status_code == 401
    with client.get(path, auth=("user", "password")) as answer:
        assert answer.status_code == 200


def test_nothing_is_pressed_by_strangers(
    copied_store: None, new_services: MakeServices, make_client: MakeClient
) -> None:
    services = new_services(basic_auth_user="user", basic_auth_pass="password")
    assert press(make_client(services), "pause").status_code == 401
    assert services.store.projects.get(3).state is ProjectState.RUNNING  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}, {"Origin": "null"}]
)
def test_another_site_cannot_press_anything(browser: FlaskClient, filled: Services, headers: dict[str, str]) -> None:
    answer = press(browser, "pause", **headers)
    assert answer.status_code == 403
    assert filled.store.projects.get(3).state is ProjectState.RUNNING  # type: ignore[union-attr]


def test_a_form_of_another_site_is_no_json(browser: FlaskClient, filled: Services) -> None:
    assert browser.post(URL, data='{"output":"x"}', content_type="text/plain").status_code == 415


def test_the_buttons_pause_start_and_run_one_round(browser: FlaskClient, filled: Services, woken: list[int]) -> None:
    project = filled.store.projects
    assert "Paused" in answer_of(press(browser, "pause").text)
    assert project.get(3).state is ProjectState.PAUSED  # type: ignore[union-attr]
    assert "One round" in answer_of(press(browser, "one-round").text)
    assert (project.get(3).state, project.get(3).rounds_left) == (ProjectState.RUNNING, 1)  # type: ignore[union-attr]
    assert "Started" in answer_of(press(browser, "start").text)
    assert project.get(3).rounds_left is None  # type: ignore[union-attr]
    assert woken == [3, 3, 3]


def test_a_button_that_would_change_nothing_says_why_and_does_nothing(
    browser: FlaskClient, filled: Services, woken: list[int]
) -> None:
    assert "running already" in answer_of(press(browser, "start").text)
    filled.store.projects.pause(3)
    assert "paused already" in answer_of(press(browser, "pause").text)
    filled.store.projects.start(3, 1)
    assert "asked for already" in answer_of(press(browser, "one-round").text)
    filled.store.projects.await_start(3)
    assert "Nobody has started it" in answer_of(press(browser, "pause").text)
    assert woken == []


def test_a_button_of_a_project_that_is_gone_says_so(browser: FlaskClient) -> None:
    assert "Not done: Project 9 is not connected" in answer_of(press(browser, "start", project_id=9).text)


def test_the_budget_is_changed_and_given_back(browser: FlaskClient, filled: Services) -> None:
    said = save_settings(browser, {"max_cost_usd": " 7.5 ", "student": "logreg"}).text
    assert "Saved: Most dollars." in said
    assert filled.settings_for(3).max_cost_usd == 7.5
    assert filled.settings_for(3).student == "logreg"
    assert filled.settings_for(4).max_cost_usd == 5.0
    save_settings(browser, {"max_cost_usd": "7.5", "student": "svm"}, unset="max_cost_usd")
    assert filled.settings_for(3).max_cost_usd == 5.0
    assert filled.settings_for(3).student == "logreg"  # what was not saved is not kept


def test_a_value_that_is_not_allowed_is_refused_with_what_is(browser: FlaskClient, filled: Services) -> None:
    said = save_settings(browser, {"max_calls": "many", "student": "svm"}).text
    assert "Not saved: " in said
    assert "Most calls" in said
    assert filled.settings_for(3).student == "logreg"  # all or nothing


def test_saving_what_stands_there_already_changes_nothing(browser: FlaskClient, filled: Services) -> None:
    typed = {"max_cost_usd": "5", "max_tokens": "", "acceptance_rate": "0.2", "student": "logreg"}
    assert "Nothing was changed." in save_settings(browser, typed).text
    assert filled.store.project_settings.load(3) == {}


def test_labels_are_downloaded_with_whose_they_are(browser: FlaskClient) -> None:
    answer = browser.get("/api/projects/3/labels.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="project-3-labels.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 300
    assert (rows[0]["task_id"], rows[0]["source"], rows[0]["text"]) == ("1", "people", HOSTILE)
    sources = [row["source"] for row in rows]
    assert [sources.count(source) for source in ("people", "teacher", "student", "")] == [25, 92, 133, 50]
    lines = [json.loads(line) for line in browser.get("/api/projects/3/labels.jsonl").text.splitlines()]
    assert [line["label"] or "" for line in lines] == [row["label"] for row in rows]


def test_the_ledger_is_downloaded_without_texts(browser: FlaskClient) -> None:
    rows = list(csv.DictReader(io.StringIO(browser.get("/api/projects/3/ledger.csv").text)))
    assert len(rows) == 120
    assert {row["model"] for row in rows} == {"simulated-teacher"}
    assert "Report 2" not in browser.get("/api/projects/3/ledger.jsonl").text


def test_the_report_is_downloaded_as_one_file(browser: FlaskClient) -> None:
    answer = browser.get("/api/projects/3/report.html")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="project-3-report.html"'
    assert "News desk" in answer.text


@pytest.mark.parametrize("name", ["report.html", "labels.csv", "labels.jsonl", "ledger.csv", "ledger.jsonl"])
def test_there_is_no_file_of_a_project_that_is_not_connected(browser: FlaskClient, name: str) -> None:
    assert browser.get(f"/api/projects/9/{name}").status_code == 404


def test_a_page_is_drawn_without_the_token_and_only_again_where_it_has_changed(
    browser: FlaskClient, filled: Services
) -> None:
    first = look(browser, None)
    drawn = first.json["response"]
    assert "News desk" in words_of(str(drawn["heading"]))
    assert "token-of-the-test" not in first.text
    shown = drawn["shown"]["data"]
    assert look(browser, shown).json["response"] == {}
    filled.store.projects.pause(3)
    changed = look(browser, shown).json["response"]
    assert "Paused" in words_of(str(changed["state"]))
    assert not changed.keys() & {"heading", "live", '{"name":"money","type":"region"}'}  # nothing else is drawn anew
