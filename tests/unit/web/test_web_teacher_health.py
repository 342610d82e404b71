from __future__ import annotations

from collections import Counter

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from fakes.services import MakeClient, MakeServices, connect
from mraru.bootstrap import Services
from mraru.budget_records import Budget
from mraru.records import CircuitState, TeacherAnswer, TeacherHealth, TeacherIdentity, hash_text

SERVER = "http://user-free:1/v1"
HEALTH = TeacherHealth(
    server=SERVER,
    model="mine",
    circuit=CircuitState.OPEN,
    n_failures=10,
    opened_until=1_000_060.0,
    last_error="HTTP 500: no reason given",
    requests_per_minute=500.0,
)
SHOWN = {
    "server": SERVER,
    "model": "mine",
    "circuit": "open",
    "n_failures": 10,
    "opened_until": 1_000_060.0,
    "last_error": "HTTP 500: no reason given",
    "requests_per_minute": 500.0,
    "tokens_per_minute": None,
}


@pytest.fixture
def asked(new_services: MakeServices) -> Services:
    """A project whose LLM failed twice before it answered, and is left alone now."""
    services = new_services(openai_base_url="http://somebody:secret@user-free:1/v1", openai_model="mine")
    connect(services)
    ledger = services.store.ledger

    def reserve() -> int:
        return ledger.reserve(
            project_id=1,
            identity=TeacherIdentity(model="mine", prompt_version="p1", server=SERVER),
            text_hash=hash_text("text"),
            cost_bound_usd=0.0,
            tokens_bound=100,
            budget=Budget(max_calls=9, max_cost_usd=9.0),
        )

    ledger.release(reserve(), "HTTP 429")
    ledger.forfeit(reserve(), "timed out")
    ledger.settle(reserve(), TeacherAnswer(label="s", raw=""))
    services.store.teacher_health.save(HEALTH)
    return services


@pytest.fixture
def asked_client(make_client: MakeClient, asked: Services) -> FlaskClient:
    return make_client(asked)


def gauges_of(client: FlaskClient) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
    }


def test_an_open_circuit_is_shown_with_all_projects_and_with_each(asked_client: FlaskClient) -> None:
    assert asked_client.get("/api/projects").json["teachers"] == [SHOWN]
    assert asked_client.get("/api/projects/1").json["teacher"]["health"] == SHOWN


def test_attempts_and_retries_are_shown(asked_client: FlaskClient) -> None:
    assert asked_client.get("/api/projects/1").json["teacher"]["attempts"] == {
        "n_attempts": 3,
        "n_retries": 2,
        "n_answered": 1,
        "n_not_billed": 1,
        "n_maybe_billed": 1,
    }
    gauges = gauges_of(asked_client)
    by_name = Counter[str]()
    for (name, *_), value in gauges.items():
        by_name[name] += value  # type: ignore[assignment]
    assert by_name["mraru_teacher_calls_total"] == 3
    assert by_name["mraru_teacher_retries_total"] == 2
    assert by_name["mraru_teacher_answers_total"] == 1
    assert by_name["mraru_teacher_failures_total"] == 2


@pytest.mark.parametrize(
    ("circuit", "value"), [(CircuitState.CLOSED, 0.0), (CircuitState.HALF_OPEN, 0.5), (CircuitState.OPEN, 1.0)]
)
def test_the_circuit_is_a_metric(
    asked_client: FlaskClient, asked: Services, circuit: CircuitState, value: float
) -> None:
    asked.store.teacher_health.save(TeacherHealth(server=SERVER, model="mine", circuit=circuit, n_failures=4))
    gauges = gauges_of(asked_client)
    assert gauges["mraru_teacher_circuit", "mine", SERVER] == value
    assert gauges["mraru_teacher_failures_in_row", "mine", SERVER] == 4


def test_limits_that_the_server_told_are_metrics_and_those_it_did_not_tell_are_none(asked_client: FlaskClient) -> None:
    gauges = gauges_of(asked_client)
    assert gauges["mraru_teacher_requests_per_minute", "mine", SERVER] == 500
    assert ("mraru_teacher_tokens_per_minute", "mine", SERVER) not in gauges


def test_a_password_in_the_servers_address_is_not_shown(asked_client: FlaskClient) -> None:
    for path in ("/api/projects", "/api/projects/1", "/metrics"):
        assert "secret" not in asked_client.get(path).text


def test_a_model_that_is_asked_no_more_raises_no_alarm(asked_client: FlaskClient, asked: Services) -> None:
    for server, model in ((SERVER, "former"), ("http://elsewhere/v1", "mine")):
        asked.store.teacher_health.save(
            TeacherHealth(server=server, model=model, circuit=CircuitState.OPEN, n_failures=4)
        )
    assert asked_client.get("/api/projects").json["teachers"] == [SHOWN]
    circuits = [key for key in gauges_of(asked_client) if key[0] == "mraru_teacher_circuit"]
    assert circuits == [("mraru_teacher_circuit", "mine", SERVER)]
