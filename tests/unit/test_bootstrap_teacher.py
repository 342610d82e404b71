from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.openai_server import OpenAIServer
from fakes.services import LABEL_CONFIG, MakeServices, connect
from mraru.bootstrap import Services
from mraru.errors import SettingsError
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.records import Annotation, TaskText, TeacherAnswer
from mraru.settings import load_settings


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda text: "Business") as running:
        yield running


def label_with(services: Services, text: str = "text") -> TeacherAnswer:
    connect(services)
    project = services.store.projects.get(1)
    assert project is not None
    return services.teachers.for_project(project, parse_label_config(LABEL_CONFIG)).label(text)


def local(server: OpenAIServer) -> dict[str, object]:
    return {
        "teacher": "openai",
        "openai_base_url": server.base_url,
        "openai_model": "local",
        "input_usd_per_mtok": 0.0,
        "output_usd_per_mtok": 0.0,
    }


def test_explanations_and_confidence_reach_the_request_and_the_answer(
    server: OpenAIServer, new_services: MakeServices
) -> None:
    answer = label_with(new_services(**local(server), explanations=True, confidence="logprobs"))
    assert answer.explanation == "It is about Business."
    assert answer.probabilities is not None
    assert server.requests[0].body["logprobs"] is True


def test_samples_are_asked_for_as_set(server: OpenAIServer, new_services: MakeServices) -> None:
    samples = {"confidence": "samples", "confidence_samples": 3, "confidence_temperature": 0.4}
    label_with(new_services(**local(server), **samples))
    assert (server.requests[0].body["n"], server.requests[0].body["temperature"]) == (3, 0.4)


def test_a_named_format_is_used(server: OpenAIServer, new_services: MakeServices) -> None:
    assert label_with(new_services(**local(server), answer_format="text")).label == "Business"
    assert server.requests[0].answer_format == "text"


def test_what_a_server_refuses_is_remembered_in_the_store(server: OpenAIServer, new_services: MakeServices) -> None:
    server.unwelcome_formats = {"json_schema"}
    services = new_services(**local(server))
    label_with(services)
    found = services.store.capabilities.load(server.base_url, "local")
    assert found is not None
    assert found.refused == ("json_schema",)


def test_azure_is_asked_when_its_version_is_set(server: OpenAIServer, new_services: MakeServices) -> None:
    azure = {**local(server), "openai_base_url": server.base_url.removesuffix("/v1"), "openai_api_key": "own-token"}
    label_with(new_services(**azure, openai_api_version="2024-10-21"))
    assert server.requests[0].path == "/openai/deployments/local/chat/completions?api-version=2024-10-21"


def test_a_version_without_an_endpoint_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_VERSION", "2024-10-21")
    with pytest.raises(SettingsError, match="OPENAI_BASE_URL"):
        load_settings()


def test_a_call_counts_as_lost_only_after_all_its_requests_had_time() -> None:
    few = load_settings(teacher_timeout_s=10.0).lost_after_s
    many = load_settings(teacher_timeout_s=10.0, confidence="samples", confidence_samples=20).lost_after_s
    assert (few, many) == (100.0, 420.0)


def test_an_answer_without_examples_holds_in_rounds_and_does_not_measure_a_prompt_with_some(
    server: OpenAIServer, new_services: MakeServices
) -> None:
    without = label_with(new_services(**local(server)), "A match.")
    services = new_services(**local(server), few_shot=2)
    services.store.tasks.save(1, [TaskText(task_id=1, text="A match."), TaskText(task_id=2, text="Shares fell.")])
    said = Annotation(annotation_id=1, task_id=2, label="Business", lead_time_s=1.0)
    services.store.annotations.save(1, [said], 0.0)
    project, schema = services.store.projects.get(1), parse_label_config(LABEL_CONFIG)
    assert project is not None
    assert services.teachers.for_rounds(project, schema).label("A match.").prompt_version == without.prompt_version
    assert server.n_requests == 1
    measured = services.teachers.for_project(project, schema).label("A match.")
    assert not measured.from_ledger
    assert measured.prompt_version != without.prompt_version
    assert len(server.requests[-1].body["messages"]) == 4
