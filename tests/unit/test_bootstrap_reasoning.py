"""Reasoning models: more room for their thoughts, and texts whose answer was cut are asked about again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fakes.clocks import HandClock
from fakes.label_studio import LABELS, FakeLabelStudio
from fakes.loop_bench import class_of
from fakes.openai_faults import OddAnswer, thinking
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import Annotation
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import Project, ProjectState

pytestmark = pytest.mark.slow

N_TEXTS = 24
CUT = "the answer was cut at 200 tokens"


class Desk:
    """A started project over a Label Studio in memory, and the server of an LLM that thinks first."""

    def __init__(self, services: Services, clock: HandClock, studio: FakeLabelStudio) -> None:
        self.services, self.clock, self.studio = services, clock, studio
        services.label_studio = lambda project_id=None: studio  # type: ignore[method-assign,assignment,return-value]
        sync_project(services.store, studio, 1, clock)
        services.store.projects.start(1)

    @property
    def project(self) -> Project:
        project = self.services.store.projects.get(1)
        assert project is not None
        return project

    def work(self) -> None:
        for _ in range(60):
            if not self.services.make_loop(1).advance().more:
                self.clock.advance(600.0)

    @property
    def answers(self) -> list[tuple[str | None, int | None]]:
        """Label and cut of each text that the LLM was asked about, as they are now."""
        return [(row.label, row.cut_at) for row in self.services.store.teacher_labels.list_all(1)]


MakeDesk = Callable[..., Desk]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(class_of) as running:
        yield running


@pytest.fixture
def make_desk(new_services: MakeServices, clock: HandClock, server: OpenAIServer) -> MakeDesk:
    studio = FakeLabelStudio([f"{LABELS[number % 3]} {number}" for number in range(N_TEXTS)])
    for task_id in (1, 2, 3):  # so that nothing is left to seed
        said = Annotation(
            annotation_id=task_id, task_id=task_id, label=class_of(studio.tasks[task_id]), lead_time_s=1.0
        )
        studio.annotations[task_id] = said

    def make(**settings: Any) -> Desk:
        given = {
            "openai_base_url": server.base_url,
            "openai_model": "m",
            "input_usd_per_mtok": 1.0,
            "output_usd_per_mtok": 2.0,
            "batch_size": 8,
            "tabs": False,
            "teacher_concurrency": 1,
            **settings,
        }
        return Desk(new_services(**given), clock, studio)

    return make


def limits(server: OpenAIServer) -> list[int]:
    """Of each request."""
    return [request.body.get("max_completion_tokens") or request.body["max_tokens"] for request in server.requests]


@pytest.mark.parametrize("shows", [True, False])
def test_a_model_that_is_cut_while_it_thinks_gets_room_and_the_text_is_asked_again_at_once(
    make_desk: MakeDesk, server: OpenAIServer, shows: bool
) -> None:
    server.behaves = thinking(600, shows=shows)
    desk = make_desk()
    desk.work()
    assert desk.project.state is ProjectState.STOPPED
    assert limits(server) == [200, *[4200] * (N_TEXTS - 3)]
    assert desk.answers == [(label, None) for label, _ in desk.answers]
    assert None not in [label for label, _ in desk.answers]
    assert desk.services.store.ledger.spending(1).n_calls == N_TEXTS - 3 + 1  # the one that was cut is paid, too


def test_what_was_learned_of_a_model_is_known_to_the_next_process(make_desk: MakeDesk, server: OpenAIServer) -> None:
    server.behaves = thinking(600)
    make_desk().work()
    again = make_desk()
    teacher = again.services.teachers.for_project(again.project, schema_of(again))
    assert teacher.identity.answer_limit == 4200


@pytest.mark.parametrize(("model", "effort"), [("o4-mini", "low"), ("qwen3:8b", None)])
def test_a_model_known_by_its_name_has_room_from_the_first_call_on(
    make_desk: MakeDesk, server: OpenAIServer, model: str, effort: str | None
) -> None:
    server.behaves = thinking(600)
    desk = make_desk(openai_model=model)
    desk.work()
    assert limits(server) == [4200] * (N_TEXTS - 3)
    assert {request.body.get("reasoning_effort") for request in server.requests} == {effort}


def test_a_server_that_takes_no_effort_is_asked_without(make_desk: MakeDesk, server: OpenAIServer) -> None:
    server.unwelcome_parameters = {"reasoning_effort"}
    desk = make_desk(openai_model="gpt-5-mini")
    desk.work()
    assert sum("reasoning_effort" in request.body for request in server.requests) == 1
    assert desk.project.state is ProjectState.STOPPED


def test_texts_that_were_cut_are_asked_again_once_the_limit_is_raised(
    make_desk: MakeDesk, server: OpenAIServer
) -> None:
    server.behaves = lambda body: thinking(900)(body) if "7" in str(body["messages"][-1]["content"]) else OddAnswer()
    desk = make_desk(teacher_thinking_tokens=300)
    desk.work()
    cut = [row for row in desk.services.store.teacher_labels.list_all(1) if row.label is None]
    assert len(cut) == 2  # sport 7 and its like
    assert {row.cut_at for row in cut} == {500}
    n_before = server.n_requests
    desk.work()
    assert server.n_requests == n_before  # at the same limit they would be cut again
    desk.studio.tasks[99] = "sport 99"  # something to go on with
    raised = make_desk(teacher_thinking_tokens=2000)
    raised.work()
    assert [label for label, _ in raised.answers].count(None) == 0
    again = [text for text in server.texts[n_before:]]
    assert {text for text in again if "7" in text} == {text for text in server.texts if "7" in text}
    assert len(again) == 3  # with the new one


def test_a_request_never_has_more_than_was_reserved_for_it(make_desk: MakeDesk, server: OpenAIServer) -> None:
    """Several threads: one learns that the model thinks while others have reserved less."""
    server.behaves = thinking(600)
    desk = make_desk(teacher_concurrency=8)
    reserved: list[tuple[float, float]] = []
    desk.work()
    for line in desk.services.store.ledger_lines.list_all(1):
        reserved.append((line.reserved_usd, line.cost_usd or 0.0))
    assert all(cost <= bound for bound, cost in reserved)
    assert None not in [label for label, _ in desk.answers]


def test_batch_jobs_learn_it_too(make_desk: MakeDesk, server: OpenAIServer) -> None:
    server.behaves = thinking(600)
    desk = make_desk(batch_api=True)
    desk.work()
    assert desk.project.state is ProjectState.STOPPED
    assert None not in [label for label, _ in desk.answers]
    assert len(server.batches.jobs) >= 2


def schema_of(desk: Desk) -> LabelSchema:
    from mraru.labelstudio.label_configs.label_config import parse_label_config

    return parse_label_config(desk.project.label_config)
