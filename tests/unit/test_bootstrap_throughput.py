"""The LLM as `bootstrap` wires it: rate limits and circuit are those of its server, whatever the project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from fakes.clocks import HandClock
from fakes.openai_faults import server_error
from fakes.openai_server import OpenAIServer
from fakes.services import LABEL_CONFIG, MakeServices, connect
from mraru.bootstrap import Services
from mraru.errors import CircuitOpen, TeacherUnavailable
from mraru.interfaces import Teacher
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.records import CircuitState

MakeLLMServices = Callable[..., Services]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda text: "Sport") as running:
        yield running


@pytest.fixture
def llm_services(new_services: MakeServices, server: OpenAIServer) -> MakeLLMServices:
    def make(**settings: object) -> Services:
        return new_services(
            **{
                "openai_base_url": server.base_url,
                "openai_model": "mine",
                "input_usd_per_mtok": 0.0,
                "output_usd_per_mtok": 0.0,
                "teacher_max_attempts": 1,
                **settings,
            }
        )

    return make


def teacher_of(services: Services, project_id: int) -> Teacher:
    connect(services, project_id)
    project = services.store.projects.get(project_id)
    assert project is not None
    return services.teachers.for_project(project, parse_label_config(LABEL_CONFIG))


def test_the_failures_of_all_projects_open_one_circuit(
    llm_services: MakeLLMServices, server: OpenAIServer, clock: HandClock
) -> None:
    services = llm_services(circuit_failures=2, circuit_pause_s=90.0)
    one, two = teacher_of(services, 1), teacher_of(services, 2)
    server.queue(server_error(), server_error())
    for teacher in (one, two):
        with pytest.raises(TeacherUnavailable):
            teacher.label("text")
    with pytest.raises(CircuitOpen) as caught:
        one.label("another text")
    assert caught.value.retry_after_s == 90.0
    assert server.n_requests == 2
    (health,) = services.store.teacher_health.list_all()
    assert (health.server, health.model, health.circuit) == (server.base_url, "mine", CircuitState.OPEN)
    assert health.server == one.identity.server
    clock.advance(90)
    assert one.label("another text").label == "s"


def test_the_headers_of_an_answer_reach_the_limits(llm_services: MakeLLMServices, server: OpenAIServer) -> None:
    server.headers = {
        "x-ratelimit-limit-tokens": "6000",
        "x-ratelimit-remaining-tokens": "5900",
        "x-ratelimit-reset-tokens": "1s",
    }
    services = llm_services()
    teacher_of(services, 1).label("text")
    (health,) = services.store.teacher_health.list_all()
    assert (health.requests_per_minute, health.tokens_per_minute) == (None, 6000)


def test_a_set_limit_holds_for_all_projects_and_waiting_ends_with_the_process(
    llm_services: MakeLLMServices, server: OpenAIServer
) -> None:
    services = llm_services(requests_per_minute=1)
    one, two = teacher_of(services, 1), teacher_of(services, 2)
    one.label("text")
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(two.label, "another text")
        services.stopping.set()
        assert type(waiting.exception(10)).__name__ == "WorkInterrupted"
    assert server.n_requests == 1
    assert services.store.ledger.spending(2).n_calls == 0


def test_a_guard_is_made_once_whoever_asks_first(llm_services: MakeLLMServices) -> None:
    services = llm_services()
    with ThreadPoolExecutor(8) as threads:
        guards = list(threads.map(lambda _: services.server_guards.guard_of(services.settings.llms[0]), range(8)))
    assert len(set(map(id, guards))) == 1


def test_the_built_in_teacher_knows_no_limits(services: Services) -> None:
    teacher_of(services, 1).label("text")
    assert services.store.teacher_health.list_all() == []
