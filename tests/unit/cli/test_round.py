"""`mraru round` and `mraru batches` over the simulated teacher's server and a Label Studio in memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from rich.console import Console

from fakes.clocks import HandClock
from fakes.label_studio import LABELS, FakeLabelStudio
from fakes.loop_bench import class_of
from fakes.openai_faults import Refusal, rate_limited
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.cli.project.batch_list import cancel_batch, list_batches
from mraru.cli.project.one_round import INTERRUPTED, run_round
from mraru.errors import DiskFull, MRaruError, ProjectBusy, SettingsError, StoreError
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import Annotation
from mraru.settings import load_settings
from mraru.store import database as database_module
from mraru.store.projects.project_repository import Project, ProjectState
from mraru.teachers.llm.openai_teacher import OpenAITeacher

pytestmark = pytest.mark.slow

MakeRound = Callable[..., "RoundRun"]


class RoundRun:
    """A project of gold labels for each class, its services, and what the commands print."""

    def __init__(self, services: Services, clock: HandClock, server: OpenAIServer) -> None:
        self.services, self.clock, self.server = services, clock, server
        self.studio = FakeLabelStudio([f"{LABELS[number % 3]} {number}" for number in range(30)])
        for task_id in (1, 2, 3):
            label = class_of(self.studio.tasks[task_id])
            said = Annotation(annotation_id=task_id, task_id=task_id, label=label, lead_time_s=1.0)
            self.studio.annotations[task_id] = said
        sync_project(services.store, self.studio, 1, clock)
        services.store.projects.forget_corrections(1, len(self.studio.annotations))
        services.label_studio = lambda project_id=None: self.studio  # type: ignore[method-assign,assignment,return-value]
        self.made: list[OpenAITeacher] = []
        make_llm_teacher = services.llms.make

        def make_and_note(*arguments: object) -> OpenAITeacher:
            self.made.append(make_llm_teacher(*arguments))  # type: ignore[arg-type]
            return self.made[-1]

        services.llms.make = make_and_note  # type: ignore[method-assign,assignment]
        self.on_sleep: Callable[[], None] = lambda: None
        self.console = Console(file=StringIO(), width=250, highlight=False, markup=False, soft_wrap=True)

    def sleep(self, seconds: float) -> None:
        self.on_sleep()
        self.clock.advance(seconds)

    def run(self) -> int:
        return run_round(self.services, 1, self.console, self.sleep)

    @property
    def printed(self) -> str:
        assert isinstance(self.console.file, StringIO)
        return self.console.file.getvalue()

    @property
    def state(self) -> ProjectState:
        project = self.services.store.projects.get(1)
        assert project is not None
        return project.state


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(class_of) as running:
        yield running


@pytest.fixture
def make_round(new_services: MakeServices, clock: HandClock, server: OpenAIServer) -> Iterator[MakeRound]:
    made: list[RoundRun] = []

    def make(**settings: object) -> RoundRun:
        services = new_services(
            **{
                "openai_base_url": server.base_url,
                "openai_model": "m",
                "input_usd_per_mtok": 1.0,
                "output_usd_per_mtok": 2.0,
                "batch_size": 4,
                "batch_api": True,
                **settings,
            }
        )
        made.append(RoundRun(services, clock, server))
        return made[-1]

    yield make
    for run in made:
        for teacher in run.made:
            teacher.close()


def test_a_round_by_batch_says_what_it_asked_cost_saved_and_pushed(make_round: MakeRound, server: OpenAIServer) -> None:
    run = make_round()
    assert run.run() == 0
    spent = run.services.store.ledger.spending(1)
    assert f"Round 1: 4 texts asked, 4 answered, ${spent.cost_usd:.4f}" in run.printed
    assert f"${spent.cost_usd:.4f} less than asked at once" in run.printed  # half of the price
    assert re.search(
        r"Label Studio serves mraru: \d+ predictions .* student mraru-logreg-r001 had learned", run.printed
    )
    assert run.studio.model_version == "mraru"
    assert len(server.batches.jobs) == 1
    assert server.n_requests == 0
    assert run.state is ProjectState.CONNECTED  # nobody had started its rounds: they do not go on


def test_a_round_at_once_says_nothing_of_savings(make_round: MakeRound, server: OpenAIServer) -> None:
    run = make_round(batch_api=False)
    assert run.run() == 0
    assert "4 texts asked, 4 answered" in run.printed
    assert "less than" not in run.printed
    assert server.batches.jobs == []


def test_one_round_is_one_round(make_round: MakeRound) -> None:
    run = make_round()
    run.run()
    run.run()
    assert [round_.number for round_ in run.services.store.rounds.list_all(1)] == [1, 2]


def test_a_paused_project_is_paused_again_after_its_round(make_round: MakeRound) -> None:
    run = make_round(batch_api=False, tabs=False)
    run.services.store.projects.start(1)
    run.services.store.projects.pause(1)
    assert run.run() == 0
    assert "Round 1: 4 texts asked" in run.printed
    project = run.services.store.projects.get(1)
    assert project is not None
    assert (project.state, project.rounds_left) == (ProjectState.PAUSED, 0)


def test_ctrl_c_leaves_the_job_to_the_next_round(make_round: MakeRound, server: OpenAIServer) -> None:
    run = make_round()
    server.batches.is_held = True

    def interrupt() -> None:
        raise KeyboardInterrupt

    run.on_sleep = interrupt
    assert run.run() == INTERRUPTED
    assert "goes on" in run.printed
    with run.services.store.leases.hold(1):  # free
        pass
    server.batches.is_held = False
    run.on_sleep = lambda: None
    run.clock.advance(60.0)
    assert run.run() == 0
    assert len(server.batches.jobs) == 1
    assert "4 answered" in run.printed


class Killed(BaseException):
    """In the place of a signal that ends the process at once: nothing of ours catches it."""


@pytest.mark.parametrize("end", [Killed, KeyboardInterrupt, OSError])
@pytest.mark.parametrize("is_started", [False, True])
def test_a_round_however_its_process_ends_becomes_no_more_than_a_round(
    make_round: MakeRound, server: OpenAIServer, is_started: bool, end: type[BaseException]
) -> None:
    run = make_round(batch_api=False, tabs=False, auto_start=False, teacher_max_attempts=1)
    projects = run.services.store.projects
    if is_started:
        projects.start(1)
    server.queue(*[Refusal(status=503, message="overloaded")] * 4)

    def kill() -> None:
        raise end

    run.on_sleep = kill
    if end is KeyboardInterrupt:
        assert run.run() == INTERRUPTED
    else:
        with pytest.raises(end):
            run.run()
    known = work_on(run)
    assert (known.state, known.rounds_left) == (ProjectState.PAUSED, 0)
    assert len(set(server.texts)) == 4


def test_a_round_that_fails_becomes_no_more_than_a_round(make_round: MakeRound, server: OpenAIServer) -> None:
    run = make_round(batch_api=False, tabs=False, auto_start=False)
    server.queue(Refusal(status=401, message="Incorrect API key provided", code="invalid_api_key"))
    with pytest.raises(MRaruError, match="OPENAI_API_KEY"):
        run.run()
    work_on(run)
    assert len(set(server.texts)) <= 4


def work_on(run: RoundRun) -> Project:
    """Let the worker go on for hours."""
    for _ in range(60):
        run.clock.advance(600.0)
        run.services.make_loop(1).advance()
    known = run.services.store.projects.get(1)
    assert known is not None
    return known


def test_after_its_round_a_project_without_a_limit_has_none(make_round: MakeRound) -> None:
    run = make_round(batch_api=False, tabs=False)
    run.services.store.projects.start(1)
    assert run.run() == 0
    project = run.services.store.projects.get(1)
    assert project is not None
    assert (project.state, project.rounds_left, project.reason) == (ProjectState.RUNNING, None, "")


def test_what_is_waited_for_is_said(make_round: MakeRound, server: OpenAIServer) -> None:
    run = make_round()
    server.batches.is_held = True

    def let_go() -> None:
        server.batches.is_held = False

    run.on_sleep = let_go
    assert run.run() == 0
    assert "waiting for a batch job: 0 of 4" in run.printed


def test_a_busy_server_is_waited_for(make_round: MakeRound, server: OpenAIServer) -> None:
    run = make_round()
    server.batches.create_faults.append(rate_limited())
    assert run.run() == 0
    assert "busy" in run.printed
    assert len(server.batches.jobs) == 1


def test_a_project_in_the_workers_hands_says_what_to_do(make_round: MakeRound) -> None:
    run = make_round()
    with run.services.store.leases.hold(1), pytest.raises(ProjectBusy, match="stop `mraru serve`"):
        run.run()


def test_a_project_that_nobody_connected_says_so(make_round: MakeRound) -> None:
    with pytest.raises(StoreError, match="mraru connect 9"):
        run_round(make_round().services, 9)


def test_a_server_without_batches_ends_the_round_with_the_setting(make_round: MakeRound, server: OpenAIServer) -> None:
    run = make_round()
    server.batches.is_offered = False
    with pytest.raises(MRaruError, match="MRARU_BATCH_API"):
        run.run()


def test_no_round_is_begun_once_all_are_done(make_round: MakeRound) -> None:
    run = make_round(max_rounds=1)
    run.run()
    run.run()
    assert "No round was begun: 1 of 1 rounds done" in run.printed


def test_batch_jobs_need_an_llm() -> None:
    with pytest.raises(SettingsError, match="MRARU_BATCH_API: needs an LLM"):
        load_settings(batch_api=True)


def test_jobs_are_listed_with_their_state_and_cost(make_round: MakeRound, server: OpenAIServer) -> None:
    run = make_round()
    list_batches(run.services, 1, run.console)
    assert "has had no batch job" in run.printed
    run.run()
    list_batches(run.services, 1, run.console)
    cost = run.services.store.ledger.spending(1).cost_usd
    row = next(line for line in run.printed.splitlines() if "batch_000000" in line)
    assert row.split()[:6] == ["1", "1", "done", "4", "of", "4"]
    assert f"${cost:.4f}" in row


def test_a_cancelled_job_keeps_what_it_answered_and_the_rest_is_asked_at_once(
    make_round: MakeRound, server: OpenAIServer
) -> None:
    run = make_round()
    server.batches.is_held = True

    def cancel() -> None:
        run.on_sleep = lambda: None
        cancel_batch(run.services, 1, 1, run.console)

    run.on_sleep = cancel
    assert run.run() == 0
    assert "is being cancelled" in run.printed
    assert len(server.batches.jobs) == 1
    assert server.n_requests == 2
    assert "4 texts asked, 4 answered" in run.printed


@pytest.mark.parametrize(("job_id", "said"), [(7, "no batch job 7"), (1, "not under way")])
def test_only_a_job_under_way_can_be_cancelled(make_round: MakeRound, job_id: int, said: str) -> None:
    run = make_round()
    run.run()
    with pytest.raises(StoreError, match=said):
        cancel_batch(run.services, 1, job_id, run.console)


def test_on_a_disk_that_is_nearly_full_nothing_is_asked_and_the_round_goes_on_once_there_is_room(
    make_round: MakeRound, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_round(batch_api=False)
    with monkeypatch.context() as full:
        full.setattr(database_module, "ROOM_BYTES", 10**18)
        with pytest.raises(DiskFull, match="no call is made whose answer could not be written down"):
            run.run()
    assert run.services.store.ledger.spending(1).n_calls == 0
    assert server.requests == []
    assert run.run() == 0
    assert "4 texts asked, 4 answered" in run.printed
