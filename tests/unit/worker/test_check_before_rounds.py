"""Before a project's first round its LLM is asked one question: what is wrong shows before a batch goes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from fakes.clocks import HandClock
from fakes.label_studio import LABELS, FakeLabelStudio
from fakes.loop_bench import class_of
from fakes.openai_faults import OddAnswer, server_error, wrong_key
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.bootstrap.teaching.llm_checks import ASK_AGAIN_S
from mraru.records import hash_text
from mraru.store.projects.project_repository import Project, ProjectState
from mraru.teachers.llm.openai_teacher import OpenAITeacher

MakeChecked = Callable[..., "Checked"]


class Checked:
    """A started project without gold, and what its loop does."""

    def __init__(self, services: Services, server: OpenAIServer, clock: HandClock) -> None:
        self.services, self.server, self.clock = services, server, clock
        self.studio = FakeLabelStudio([f"{LABELS[number % 3]} {number}" for number in range(30)])
        services.label_studio = lambda project_id=None: self.studio  # type: ignore[assignment,method-assign,misc]
        services.store.projects.connect(
            1, label_config=self.studio.label_config, hostname=None, access_token=None, backend_url=None
        )
        services.store.projects.start(1)

    def work(self) -> Project:
        """Do all that is to be done now, up to the end of the first round."""
        loop = self.services.make_loop(1)
        for _ in range(20):
            if not loop.advance().more or self.services.store.rounds.list_all(1):
                break
        project = self.services.store.projects.get(1)
        assert project is not None
        return project

    @property
    def n_texts_sent(self) -> int:
        return sum(text in self.studio.tasks.values() for text in self.server.texts)

    @property
    def n_checks(self) -> int:
        return self.server.n_requests - self.n_texts_sent


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(class_of) as running:
        yield running


@pytest.fixture
def make(new_services: MakeServices, server: OpenAIServer, clock: HandClock) -> Iterator[MakeChecked]:
    made: list[OpenAITeacher] = []

    def make_one(**settings: object) -> Checked:
        given = {
            "openai_base_url": server.base_url,
            "openai_model": "m",
            "input_usd_per_mtok": 1.0,
            "output_usd_per_mtok": 2.0,
            "teacher_max_attempts": 1,
            "teacher_check": True,
            "batch_size": 5,
        }
        services = new_services(**given | settings)
        make_llm_teacher = services.llms.make

        def make_and_note(*arguments: object) -> OpenAITeacher:
            made.append(make_llm_teacher(*arguments))  # type: ignore[arg-type]
            return made[-1]

        services.llms.make = make_and_note  # type: ignore[assignment,method-assign]
        return Checked(services, server, clock)

    yield make_one
    for teacher in made:
        teacher.close()


def test_one_question_is_asked_before_the_first_round_and_none_before_later_ones(make: MakeChecked) -> None:
    checked = make()
    assert checked.work().state is ProjectState.RUNNING
    assert (checked.n_checks, checked.n_texts_sent) == (1, 0)
    (check,) = checked.services.store.teacher_checks.list_latest(1)
    assert check.is_passed
    loop = checked.services.make_loop(1)
    while len(checked.services.store.rounds.list_all(1)) < 3:
        loop.advance()
    assert checked.n_checks == 1
    assert checked.n_texts_sent > 5


def test_a_failed_check_fails_the_project_with_the_reason_and_sends_no_text(make: MakeChecked) -> None:
    checked = make()
    checked.server.queue(wrong_key(), wrong_key())
    project = checked.work()
    assert project.state is ProjectState.FAILED
    assert "check OPENAI_API_KEY" in project.reason
    assert checked.n_texts_sent == 0
    assert checked.services.store.rounds.list_all(1) == []
    checked.services.store.projects.start(1)  # the key is mended
    assert checked.work().state is ProjectState.RUNNING
    assert checked.services.store.rounds.list_all(1)


def test_a_server_that_is_busy_pauses_the_project_for_a_while(make: MakeChecked) -> None:
    checked = make()
    checked.server.queue(server_error(), server_error())
    project = checked.work()
    assert (project.state, checked.n_texts_sent) == (ProjectState.PAUSED, 0)
    assert project.retry_at is not None
    checked.clock.now = project.retry_at
    assert checked.work().state is ProjectState.RUNNING


def test_an_answer_without_a_label_is_not_paid_for_again_at_once(make: MakeChecked) -> None:
    checked = make()
    checked.server.queue(OddAnswer(content="I would rather not."))
    project = checked.work()
    assert project.state is ProjectState.FAILED
    assert "`mraru teacher check 1` and, once it passes, `mraru start 1`" in project.reason
    checked.services.store.projects.start(1)
    assert checked.work().reason == project.reason
    assert checked.n_checks == 1
    checked.clock.advance(ASK_AGAIN_S + 1.0)
    checked.services.store.projects.start(1)
    assert checked.work().state is ProjectState.RUNNING
    assert (checked.n_checks, checked.n_texts_sent) == (2, 0)


def test_a_restart_which_may_bring_other_settings_asks_again(make: MakeChecked) -> None:
    checked = make()
    checked.server.queue(OddAnswer(content="I would rather not."))
    assert checked.work().state is ProjectState.FAILED
    checked.clock.advance(1.0)
    restarted = make(answer_format="tool")
    assert restarted.work().state is ProjectState.RUNNING
    assert restarted.n_checks == 2


@pytest.mark.parametrize(
    "settings",
    [{"teacher_check": False}, {"output_usd_per_mtok": 100.0, "max_cost_usd": 100.0}],
    ids=["turned off", "may cost more than a cent"],
)
def test_where_it_is_not_made_the_rounds_begin_without_it(make: MakeChecked, settings: dict[str, object]) -> None:
    checked = make(**settings)
    assert checked.work().state is ProjectState.RUNNING
    assert checked.services.store.rounds.list_all(1)
    assert checked.n_checks == 0


def test_another_model_is_checked_before_its_first_round_too(make: MakeChecked) -> None:
    checked = make()
    checked.work()
    found, server = checked.services.store.teacher_checks, checked.server.base_url
    assert found.has_labelled(1, server, "m")
    assert not found.has_labelled(1, server, "another")
    assert not found.has_labelled(2, server, "m")


def test_the_check_is_a_call_of_the_project_and_no_label_of_a_text(make: MakeChecked) -> None:
    checked = make()
    checked.work()
    store = checked.services.store
    assert store.ledger.spending(1).n_calls == 1
    assert store.teacher_labels.list_all(1) == []
    (question,) = checked.server.texts
    (call,) = store.answered_calls.list_about([hash_text(question)])
    assert call.label == "sport"
