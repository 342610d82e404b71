"""One project in each state that people may find it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fakes.dashboard import CONFIG, annotate, ask, fill_store, text_of
from mraru.bootstrap import Services
from mraru.records import ProjectDescription, TaskText
from mraru.store.projects.project_repository import PAUSED_BY_PERSON, ProgressPhase, ProjectState
from mraru.store.projects.project_warnings import WarningLevel
from mraru.store.projects.round_repository import RoundKind, RoundStep, TextVisit
from mraru.store.review.opinions import Opinion

PROJECT = 3
N_SMALL = 8  # texts of the small project: too few for any share


def describe(services: Services, *, n_tasks: int, is_read: bool = True) -> None:
    """A project as it was connected, with tasks that were read from Label Studio."""
    projects = services.store.projects
    projects.connect(
        PROJECT, label_config=CONFIG, hostname="http://labels.example", access_token=None, backend_url="http://b:9090"
    )
    projects.describe(
        ProjectDescription(
            project_id=PROJECT,
            title="News desk",
            instruction="",
            label_config=CONFIG,
            created_at="2026-11-01T00:00:00Z",
            model_version=None,
            sampling="",
        )
    )
    if is_read:
        projects.begin_sync(PROJECT, 1.0)
    services.store.tasks.save(PROJECT, [TaskText(task_id=n, text=f"text {n}") for n in range(1, n_tasks + 1)])


def begin(services: Services) -> None:
    describe(services, n_tasks=40)
    services.store.projects.start(PROJECT)
    services.store.projects.set_progress(PROJECT, ProgressPhase.SEEDING, 3, 8)


def work(services: Services) -> None:
    fill_store(services, PROJECT)
    services.store.warnings.note(
        PROJECT,
        "plateau",
        "The student has stopped learning.",
        2.0,
        level=WarningLevel.ERROR,
        remedy="Run `mraru labels define`, or take another student (MRARU_STUDENT).",
    )
    services.store.stop_rules.note(PROJECT, {"target accuracy": "as good as wanted (MRARU_STOP_ACCURACY)"}, 9, 1.0)


def wait(services: Services) -> None:
    work(services)
    services.store.projects.set_state(PROJECT, ProjectState.PAUSED, "the teacher does not answer", retry_at=60.0)


def pause(services: Services) -> None:
    work(services)
    services.store.projects.pause(PROJECT)
    project = services.store.projects.get(PROJECT)
    assert project is not None
    assert project.reason == PAUSED_BY_PERSON


def stop(services: Services) -> None:
    work(services)
    services.store.projects.set_state(
        PROJECT, ProjectState.STOPPED, "budget: 120 of 120 calls made (MRARU_MAX_CALLS); nothing is left to ask about"
    )


def fail(services: Services) -> None:
    work(services)
    services.store.projects.set_state(PROJECT, ProjectState.FAILED, "the key is refused: set OPENAI_API_KEY, `then` go")


def disconnect(services: Services) -> None:
    work(services)
    services.store.projects.disconnect(PROJECT)


def be_small(services: Services) -> None:
    """Eight texts that the LLM, the student and two people have labelled, in one round."""
    describe(services, n_tasks=0)
    store, numbers = services.store, range(1, N_SMALL + 1)
    fill = [TaskText(task_id=n, text=text_of(n)) for n in numbers]
    store.tasks.save(PROJECT, fill)
    store.rounds.open(
        PROJECT,
        number=1,
        kind=RoundKind.MRARU,
        step=RoundStep.DONE,
        n_pool=N_SMALL,
        selected=[
            TextVisit(text_hash=text.text_hash, acceptance_probability=0.5, accepted=True, pass_number=1)
            for text in fill
        ],
        selection_end=None,
        at=1.0,
    )
    for number in numbers:
        ask(services, PROJECT, number, 1)
    store.rounds.update(
        PROJECT,
        1,
        student="logreg",
        n_labels=N_SMALL,
        agreement=0.75,
        estimated_agreement=0.8,
        n_judged=N_SMALL,
        n_gold_checked=N_SMALL,
        n_gold_right=6,
    )
    annotate(services, PROJECT, numbers)
    store.opinions.save(
        PROJECT,
        [
            Opinion(
                text_hash=text.text_hash,
                label="s",
                confidence=0.9,
                final_label="s",
                score=0.9,
                is_out_of_fold=True,
            )
            for text in fill
        ],
        1,
    )
    for frame in ("corpus", "teacher"):
        store.audit_samples.add(PROJECT, frame, [text.text_hash for text in fill], 1.0)  # type: ignore[arg-type]


STATES: Mapping[str, Callable[[Services], None]] = {
    "not read": lambda services: describe(services, n_tasks=0, is_read=False),
    "empty": lambda services: describe(services, n_tasks=0),
    "not started": lambda services: describe(services, n_tasks=40),
    "before the first round": begin,
    "running": work,
    "waiting": wait,
    "paused by a person": pause,
    "stopped": stop,
    "failed": fail,
    "disconnected": disconnect,
    "small": be_small,
}
