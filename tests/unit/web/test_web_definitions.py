"""The LLM here is a simulated teacher; no request of these waits for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from fakes.corrected_project import fill, llm_settings, say_sport_for_tech
from fakes.openai_server import OpenAIServer
from fakes.services import MakeClient, MakeServices
from mraru.bootstrap import Services
from mraru.records import hash_text
from mraru.worker.draft_jobs import work_on_drafts

DRAFTS = "/api/projects/1/definition-drafts"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(say_sport_for_tech) as running:
        yield running


@pytest.fixture
def services(new_services: MakeServices, server: OpenAIServer) -> Services:
    services = new_services(**llm_settings(server))
    fill(services)
    return services


@pytest.fixture
def client(make_client: MakeClient, services: Services) -> FlaskClient:
    return make_client(services)


def test_corrected_classes_come_with_counts_and_typical_texts(client: FlaskClient) -> None:
    (pair,) = client.get("/api/projects/1/corrected-classes").get_json()["classes"]
    typical = pair.pop("typical")
    assert pair == {
        "teacher_label": "sport",
        "gold_label": "tech",
        "n_corrected": 8,
        "n_checked": 16,
        "is_often": True,
    }
    assert len(typical) == 3
    for shown in typical:
        assert shown["text"].startswith("tech ")
        assert shown["text_hash"] == hash_text(shown["text"])
        assert len(shown["task_ids"]) == 1


def test_a_disconnected_project_has_nothing_drafted_or_tried(client: FlaskClient, services: Services) -> None:
    services.store.projects.disconnect(1)
    for step in ("", "/try"):
        answer = client.post(f"/api/projects/1/definition-drafts{step}", json={"label": "sport"})
        assert answer.status_code == 409, answer.text
        assert "disconnected" in answer.json["error"]
    assert services.store.definition_drafts.list_all(1) == []


def test_a_long_text_is_shown_by_its_head(client: FlaskClient, services: Services) -> None:
    fill(services, ["tech " + "and so on " * 100])
    (pair,) = client.get("/api/projects/1/corrected-classes").get_json()["classes"]
    assert len(pair["typical"][0]["text"]) == 300


def test_a_draft_goes_its_way_from_wish_to_prompt(
    client: FlaskClient, services: Services, server: OpenAIServer, woken: list[int]
) -> None:
    cost = client.get(f"{DRAFTS}/cost?label=sport").get_json()
    assert cost["draft_usd"] > 0
    assert cost["trial_usd"] is None

    wanted = client.post(DRAFTS, json={"label": "sport"})
    assert (wanted.status_code, wanted.get_json()["status"]) == (202, "wanted")
    assert (woken, server.n_requests) == ([1], 0)
    work_on_drafts(services, 1)
    (draft,) = client.get(DRAFTS).get_json()["drafts"]
    assert (draft["status"], draft["definition"], draft["trial"]) == ("ready", server.definition, None)

    refused = client.post(f"{DRAFTS}/accept", json={"label": "sport"})
    assert refused.status_code == 409
    assert "not tried" in refused.get_json()["error"]

    cost = client.get(f"{DRAFTS}/cost?label=sport").get_json()
    assert (cost["draft_usd"], cost["n_trial_texts"], cost["n_trial_calls"]) == (0.0, 16, 32)
    assert cost["trial_usd"] > 0
    to_try = client.post(f"{DRAFTS}/try", json={"label": "sport", "definition": "Games alone."})
    assert (to_try.status_code, to_try.get_json()["status"]) == (202, "to be tried")
    assert (woken, server.n_requests) == ([1, 1], 1)
    work_on_drafts(services, 1)
    (draft,) = client.get(DRAFTS).get_json()["drafts"]
    assert (draft["status"], draft["trial"]["n_texts"], draft["trial"]["is_better"]) == ("tried", 16, False)

    assert client.post(f"{DRAFTS}/accept", json={"label": "sport"}).get_json() == {"status": "accepted"}
    assert services.store.label_definitions.list_all(1) == {"sport": "Games alone."}
    assert client.get(DRAFTS).get_json() == {"drafts": []}


def test_another_text_than_the_tried_one_must_be_tried_too(client: FlaskClient, services: Services) -> None:
    client.post(f"{DRAFTS}/try", json={"label": "sport", "definition": "Games alone."})
    work_on_drafts(services, 1)
    changed = {"label": "sport", "definition": "Something else."}
    assert client.post(f"{DRAFTS}/accept", json=changed).status_code == 409
    assert services.store.label_definitions.list_all(1) == {}
    assert client.post(f"{DRAFTS}/accept", json={**changed, "without_trial": True}).status_code == 200
    assert services.store.label_definitions.list_all(1) == {"sport": "Something else."}


def test_a_trial_beside_other_definitions_does_not_count_any_more(client: FlaskClient, services: Services) -> None:
    client.post(f"{DRAFTS}/try", json={"label": "sport", "definition": "Games alone."})
    work_on_drafts(services, 1)
    services.store.label_definitions.define(1, {"tech": "Chips."})
    assert client.post(f"{DRAFTS}/accept", json={"label": "sport"}).status_code == 409


def test_a_draft_is_dismissed(client: FlaskClient, services: Services) -> None:
    services.store.definition_drafts.want(1, "sport")
    services.store.definition_drafts.want(1, "of an earlier config")
    for label in ("sport", "of an earlier config"):
        assert client.post(f"{DRAFTS}/dismiss", json={"label": label}).get_json() == {"status": "dismissed"}
    assert client.post(f"{DRAFTS}/dismiss", json={"label": "sport"}).get_json() == {"status": "there was none"}
    assert services.store.definition_drafts.list_all(1) == []


@pytest.mark.parametrize("path", ["", "/try", "/accept", "/dismiss"])
def test_forms_and_what_names_no_label_are_refused(client: FlaskClient, services: Services, path: str) -> None:
    assert client.post(DRAFTS + path, data='{"label": "sport"}').status_code == 415
    assert client.post(DRAFTS + path, json={}).status_code == 400
    assert client.post(DRAFTS + path, json=["sport"]).status_code == 400
    unknown = client.post(DRAFTS + path, json={"label": "weather"})
    assert unknown.status_code == 400
    assert "'weather' is no label of this project" in unknown.get_json()["error"]
    assert services.store.definition_drafts.list_all(1) == []


@pytest.mark.parametrize("path", ["/corrected-classes", "/definition-drafts", "/definition-drafts/cost?label=sport"])
def test_a_project_that_is_not_connected_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(f"/api/projects/2{path}").status_code == 404


def test_what_cannot_be_drafted_or_tried_is_refused_with_the_reason(
    client: FlaskClient, make_client: MakeClient, new_services: MakeServices, woken: list[int]
) -> None:
    food = client.post(DRAFTS, json={"label": "food"})
    assert (food.status_code, "corrected no text" in food.get_json()["error"]) == (409, True)
    none_yet = client.post(f"{DRAFTS}/try", json={"label": "sport"})
    assert (none_yet.status_code, "no draft" in none_yet.get_json()["error"]) == (409, True)
    without_llm = make_client(new_services())
    refused = without_llm.post(DRAFTS, json={"label": "sport"})
    assert (refused.status_code, "OPENAI_API_KEY" in refused.get_json()["error"]) == (409, True)
    untriable = without_llm.post(f"{DRAFTS}/try", json={"label": "sport", "definition": "Games."})
    assert (untriable.status_code, "not told definitions" in untriable.get_json()["error"]) == (409, True)
    assert woken == []
