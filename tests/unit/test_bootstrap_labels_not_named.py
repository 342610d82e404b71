"""An LLM that answers and names no label is left alone long before it has used up the budget."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from fakes.clocks import HandClock
from fakes.label_studio import LABELS, FakeLabelStudio
from fakes.loop_bench import class_of
from fakes.openai_faults import OddAnswer
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.cli.project.one_round import run_round
from mraru.errors import MRaruError, WorkInterrupted
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import Annotation
from mraru.reporting.teacher_words import TeacherWords
from mraru.store.projects.project_repository import Project, ProjectState
from mraru.web.dashboard.elements.state_words import spell_state

pytestmark = pytest.mark.slow

N_TEXTS = 90


def say(content: str, finish_reason: str = "stop") -> Any:
    return lambda body: OddAnswer(content=content, finish_reason=finish_reason)


class Desk:
    """A started project over a Label Studio in memory, and the server of an LLM."""

    def __init__(self, services: Services, clock: HandClock) -> None:
        self.services, self.clock = services, clock
        self.studio = FakeLabelStudio([f"{LABELS[number % 3]} {number}" for number in range(N_TEXTS)])
        for task_id in (1, 2, 3):  # so that nothing is left to seed
            label = class_of(self.studio.tasks[task_id])
            self.studio.annotations[task_id] = Annotation(
                annotation_id=task_id, task_id=task_id, label=label, lead_time_s=1.0
            )
        services.label_studio = lambda project_id=None: self.studio  # type: ignore[method-assign,assignment,return-value]
        sync_project(services.store, self.studio, 1, clock)
        services.store.projects.start(1)

    @property
    def project(self) -> Project:
        project = self.services.store.projects.get(1)
        assert project is not None
        return project

    @property
    def n_calls(self) -> int:
        return self.services.store.ledger.spending(1).n_calls

    def work(self) -> None:
        """As long as there is anything to do, and all the hours after it."""
        for _ in range(200):
            if not self.services.make_loop(1).advance().more:
                self.clock.advance(600.0)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(class_of) as running:
        yield running


@pytest.fixture
def desk(new_services: MakeServices, clock: HandClock, server: OpenAIServer, request: pytest.FixtureRequest) -> Desk:
    services = new_services(
        **{
            "openai_base_url": server.base_url,
            "openai_model": "m",
            "input_usd_per_mtok": 1.0,
            "output_usd_per_mtok": 2.0,
            "batch_size": 25,
            "seeding": "random",
            "tabs": False,
            "teacher_concurrency": 1,
            **getattr(request, "param", {}),
        }
    )
    return Desk(services, clock)


@pytest.mark.parametrize(
    ("behaves", "looks", "advice"),
    [
        (say("It is hard to say what this is."), "neither JSON of the form", "MRARU_ANSWER_FORMAT"),
        (say('{"label": "Basketball"}'), "named something that is no label", "mraru prompt show"),
        (say("Well, this", "length"), "the answer was cut at 200 tokens", "MRARU_TEACHER_MAX_TOKENS"),
        (say("<think>Hm."), "ends within the LLM's thoughts", "MRARU_TEACHER_THINKING_TOKENS"),
        (say(""), "the answer is empty", "the server's own log"),
    ],
)
def test_it_pauses_after_eleven_answers_and_says_what_they_look_like(
    desk: Desk, server: OpenAIServer, behaves: Any, looks: str, advice: str
) -> None:
    server.behaves = behaves
    desk.work()
    assert desk.n_calls == 11
    assert (desk.project.state, desk.project.rounds_left) == (ProjectState.PAUSED, 0)
    assert "named no label in 11 of its last 11 answers" in desk.project.reason
    assert looks in desk.project.reason
    assert advice in desk.project.reason
    shown = spell_state(desk.project, TeacherWords(is_llm=True), is_empty=False)
    assert looks in shown.detail
    assert "person paused" not in shown.detail


def test_whoever_starts_it_again_risks_as_many_calls_and_a_mended_server_goes_on(
    desk: Desk, server: OpenAIServer
) -> None:
    server.behaves = say("Hm.")
    desk.work()
    desk.services.store.projects.start(1)
    desk.work()
    assert (desk.n_calls, desk.project.state) == (22, ProjectState.PAUSED)
    server.behaves = lambda body: OddAnswer()
    desk.services.store.projects.start(1)
    desk.work()
    assert desk.project.state is ProjectState.STOPPED
    assert desk.n_calls == N_TEXTS - 3


@pytest.mark.parametrize("desk", [{"teacher_concurrency": 8}], indirect=True)
def test_of_several_at_once_no_more_are_asked_than_are_under_way(desk: Desk, server: OpenAIServer) -> None:
    server.behaves = say("Hm.")
    desk.work()
    assert 11 <= desk.n_calls <= 11 + 7
    assert desk.project.state is ProjectState.PAUSED


@pytest.mark.parametrize("desk", [{"batch_api": True}], indirect=True)
def test_no_second_batch_job_is_begun_after_one_without_a_label(desk: Desk, server: OpenAIServer) -> None:
    server.label_text = lambda text: "Basketball"
    desk.work()
    assert len(server.batches.jobs) == 1
    assert desk.n_calls == 25
    assert desk.project.state is ProjectState.PAUSED


def test_one_odd_text_in_five_stops_nothing(desk: Desk, server: OpenAIServer) -> None:
    server.label_text = lambda text: "Basketball" if int(text.split()[1]) % 5 == 0 else class_of(text)
    desk.work()
    assert desk.project.state is ProjectState.STOPPED
    assert desk.n_calls == N_TEXTS - 3


def test_a_process_of_its_own_goes_on_counting(desk: Desk, server: OpenAIServer, new_services: MakeServices) -> None:
    """Half of the answers came before a restart."""
    server.behaves = say("Hm.")

    asked: list[str] = []

    def end_at_the_sixth() -> None:
        asked.append(server.texts[-1])
        if len(set(asked)) == 6:
            desk.services.stopping.set()

    server.before_answer = end_at_the_sixth
    with pytest.raises(WorkInterrupted):
        desk.work()
    assert desk.n_calls == 6
    server.before_answer = lambda: None
    again = Desk(desk.services.__class__(desk.services.settings, desk.clock), desk.clock)
    again.services.embedder = desk.services.embedder
    again.work()
    again.services.store.close()
    assert desk.n_calls == 11


def test_a_round_asked_for_by_command_ends_with_an_error(desk: Desk, server: OpenAIServer) -> None:
    desk.services.store.projects.await_start(1)
    server.behaves = say("Hm.")
    with pytest.raises(MRaruError, match="named no label in 11 of its last 11"):
        run_round(desk.services, 1, Console(file=StringIO()), desk.clock.advance)
    assert (desk.n_calls, desk.project.state) == (11, ProjectState.PAUSED)
    desk.work()
    assert desk.n_calls == 11


def test_an_answer_with_half_a_character_is_stored(desk: Desk, server: OpenAIServer) -> None:
    server.behaves = say('{"label": "sport", "reason": "half \ud83d"}')
    desk.work()
    assert {row.label for row in desk.services.store.teacher_labels.list_all(1)} == {"sport"}
