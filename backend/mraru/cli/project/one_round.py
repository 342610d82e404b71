"""`mraru round`: one round of one project, in this process, until its predictions are in Label Studio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

from mraru.bootstrap import Services
from mraru.bootstrap.teaching.llm_factory import find_llm_price
from mraru.errors import MRaruError, ProjectBusy, ProjectDisconnected, StoreError
from mraru.projects.syncing.corrections import handle_inbox
from mraru.quantities import choose_form, spell_quantity
from mraru.store.projects.project_repository import BROKEN, Project, ProjectState
from mraru.store.projects.round_repository import Round, RoundStep
from mraru.teachers.servers.server_name import server_name

LOOK_S = 1.0  # seconds between two looks at the clock while a job is waited for
INTERRUPTED = 130  # what a shell expects after Ctrl-C


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundCosts:
    """What a round cost, and would have."""

    n_asked: int
    n_answered: int
    cost_usd: float
    saved_usd: float  # against asking at once


def run_round(
    services: Services,
    project_id: int,
    console: Console | None = None,
    sleep: Callable[[float], object] | None = None,
) -> int:
    """Work until a round that asked the teacher is done, or none begins; returns the exit code.

    A round that is under way is finished; a project that is not seeded is seeded first.

    Raises:
        ProjectBusy: the worker is at work on the project.
        StoreError: the project was never connected, or no backend has kept anything in MODEL_DIR.
        ProjectDisconnected: it was disconnected.
        MRaruError: the project failed; its state says the same.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    sleep = sleep or services.stopping.wait
    store = services.require_store()
    before = store.projects.get(project_id)
    if before is None:
        raise StoreError(f"This backend does not know project {project_id}: run `mraru connect {project_id}` first.")
    if before.state is ProjectState.DISCONNECTED:
        raise ProjectDisconnected.of(project_id)
    done = {round_.number for round_ in store.rounds.list_all(project_id) if round_.step is RoundStep.DONE}
    try:
        with store.leases.hold(project_id):
            # However this process ends, no more than this round is stored.
            store.projects.start(project_id, 1)
            finished = _work(services, project_id, done, console, sleep)
            _print_end(services, project_id, finished, console)
            _restore(services, before)
    except ProjectBusy as exc:
        raise ProjectBusy(
            f"Project {project_id} is being worked on by the worker, which goes on with its rounds by itself: stop "
            "`mraru serve` to run single rounds, or set MRARU_AUTO_START=false and MRARU_MAX_ROUNDS."
        ) from exc
    except KeyboardInterrupt:
        console.print("Interrupted: what was asked is kept. The worker or the next `mraru round` goes on.")
        return INTERRUPTED
    return 0


def _restore(services: Services, before: Project) -> None:
    """Leave the project as it was: waiting for somebody to start it, paused, or with rounds without end."""
    projects = services.store.projects
    if before.state is ProjectState.CONNECTED:
        projects.await_start(before.project_id)
    elif before.rounds_left is None:
        projects.lift_limit(before.project_id)


def _work(
    services: Services, project_id: int, done: set[int], console: Console, sleep: Callable[[float], object]
) -> Round | None:
    """Advance until a round is done; None if none begins."""
    store, clock = services.store, services.clock
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[counts]}", markup=False),
        console=console,
        transient=True,
    )
    bar = progress.add_task("starting", total=None, counts="")
    shown = ""
    with progress:
        while True:
            handle_inbox(store, project_id, clock)  # what is left of a flood follows with the next piece of work
            advance = services.make_loop(project_id).advance()
            project = store.projects.get(project_id)
            assert project is not None
            _show(progress, bar, project)
            if project.state in BROKEN:
                if advance.more:  # what was answered is still learned
                    continue
                raise MRaruError(project.reason)
            finished = _find_finished(services, project_id, done)
            if finished is not None:
                return finished
            if advance.more:
                continue
            if project.has_given_up:
                raise MRaruError(project.reason)
            if project.state is ProjectState.STOPPED or advance.again_at is None:
                return None
            said = project.reason or f"{project.phase}: {project.n_done} of {project.n_total}"
            if said != shown:
                progress.console.print(said)
                shown = said
            left_s = advance.again_at - clock()
            while left_s > 0:  # counted down: the clock may be set back meanwhile
                sleep(min(LOOK_S, left_s))
                left_s -= LOOK_S


def _show(progress: Progress, bar: TaskID, project: Project) -> None:
    counts = f"{project.n_done:,} of {project.n_total:,}" if project.n_total else ""
    what = project.phase or project.state
    progress.update(bar, description=what, completed=project.n_done, total=project.n_total or None, counts=counts)


def _find_finished(services: Services, project_id: int, done: set[int]) -> Round | None:
    """The round of the sampler that was finished since the start."""
    rounds = services.store.rounds.list_all(project_id)
    new = [round_ for round_ in rounds if round_.number not in done and round_.step is RoundStep.DONE]
    waiting = services.store.batch_jobs.list_open(project_id)
    return next((round_ for round_ in reversed(new) if round_.n_pool and not waiting), None)


def _print_end(services: Services, project_id: int, finished: Round | None, console: Console) -> None:
    project = services.store.projects.get(project_id)
    assert project is not None
    if finished is None:
        console.print(f"No round was begun: {project.reason or 'nothing is left to do'}.")
        return
    costs = measure_costs(services, project_id, finished.number)
    saved = f", ${costs.saved_usd:.4f} less than asked at once" if costs.saved_usd > 0 else ""
    console.print(
        f"Round {finished.number}: {spell_quantity(costs.n_asked, 'text')} asked, {costs.n_answered} answered, "
        f"${costs.cost_usd:.4f}{saved}."
    )
    last = services.store.rounds.list_all(project_id)[-1]  # a later one, where the job's answers came after the round
    console.print(
        f"Label Studio serves {project.served_version}: {spell_quantity(last.n_pushed, 'prediction')} "
        f"{choose_form(last.n_pushed, 'was', 'were')} written after the student "
        f"{last.model_version} had learned."
    )


def measure_costs(services: Services, project_id: int, round_number: int) -> RoundCosts:
    """Sum up the calls of a round from the ledger."""
    lines = [line for line in services.store.ledger_lines.list_all(project_id) if line.round_number == round_number]
    answered = [line for line in lines if line.status == "answered"]
    prices = {
        (server_name(llm.base_url), llm.model): find_llm_price(services.settings, llm) for llm in services.settings.llms
    }
    saved_usd = sum(
        prices[line.server, line.model].cost_usd(
            prompt_tokens=line.prompt_tokens, completion_tokens=line.completion_tokens
        )
        - line.cost_usd
        for line in answered
        if line.batch_job_id is not None and (line.server, line.model) in prices and line.prompt_tokens
    )
    return RoundCosts(
        n_asked=len({line.text_hash for line in lines}),
        n_answered=len({line.text_hash for line in answered}),
        cost_usd=sum(line.cost_usd for line in answered),
        saved_usd=saved_usd,
    )
