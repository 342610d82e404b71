"""A project in the middle of its work, written into a store as rounds and people would have, without either."""

from __future__ import annotations

import random
from collections.abc import Sequence

from mraru.bootstrap import Services
from mraru.budget_records import Budget
from mraru.records import (
    Annotation,
    CircuitState,
    Prediction,
    ProjectDescription,
    TaskText,
    TeacherAnswer,
    TeacherHealth,
    TeacherIdentity,
    Usage,
    hash_text,
)
from mraru.selection_records import SelectionEnd
from mraru.store.projects.project_repository import ProgressPhase
from mraru.store.projects.project_warnings import WarningLevel
from mraru.store.projects.round_repository import RoundKind, RoundStep, TextVisit
from mraru.store.review.opinions import Opinion

CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="label" toName="text">'
    '<Choice value="Sport" alias="s"/><Choice value="Business"/><Choice value="Politics"/></Choices></View>'
)
LABELS = ("s", "Business", "Politics")  # as stored
SERVER_MODEL = ("http://llm.example/v1", "simulated-teacher")
LLM_SETTINGS = {"openai_base_url": SERVER_MODEL[0], "openai_model": SERVER_MODEL[1]}
LABEL_STUDIO = "http://labels.example"
N_ROUNDS = 6
N_TASKS = 300
BATCH = 20
HOSTILE = '<img src=x onerror="document.title=1"> {{7*7}} & "quoted" <script>alert(1)</script>'


def text_of(number: int) -> str:
    """The text of a task; the first is hostile."""
    if number == 1:
        return HOSTILE
    return f"Report {number}: the council met, the team won and the markets fell by {number % 9} per cent on the day."


def true_label(number: int) -> str:
    return LABELS[number % len(LABELS)]


def student_label(number: int) -> str:
    """What the student says: wrong on every eleventh text."""
    return LABELS[(number + (number % 11 == 0)) % len(LABELS)]


def teacher_label(number: int) -> str | None:
    """What the simulated teacher says: wrong on every seventh text, and nothing of every fortieth."""
    if number % 40 == 0:
        return None
    return LABELS[(number + 2 * (number % 7 == 0)) % len(LABELS)]


def fill_store(services: Services, project_id: int = 3, title: str = "News desk") -> None:
    """Write six rounds of twenty labels, two annotators' work and a warning."""
    store = services.store
    store.projects.connect(
        project_id,
        label_config=CONFIG,
        hostname="http://labels.example",
        access_token="token-of-the-test",
        backend_url="http://localhost:9090",
    )
    store.projects.describe(
        ProjectDescription(
            project_id=project_id,
            title=title,
            instruction="",
            label_config=CONFIG,
            created_at="2026-11-01T00:00:00Z",
            model_version=None,
            sampling="",
        )
    )
    store.tasks.save(project_id, [TaskText(task_id=number, text=text_of(number)) for number in range(1, N_TASKS + 1)])
    for round_number in range(1, N_ROUNDS + 1):
        numbers = range((round_number - 1) * BATCH + 1, round_number * BATCH + 1)
        add_round(services, project_id, round_number, numbers)
    version = f"mraru-logreg-r{N_ROUNDS:03d}"
    store.projects.set_served(project_id, version, N_ROUNDS)
    annotate(services, project_id, range(1, 31))
    store.predictions.add(
        project_id,
        [
            Prediction(task_id=number, label=student_label(number), score=(number % 97) / 97, model_version=version)
            for number in range(31, 251)
        ],
    )
    store.opinions.save(project_id, [_opinion(number) for number in range(1, 251)], N_ROUNDS)
    store.projects.start(project_id)
    store.projects.set_progress(project_id, ProgressPhase.ASKING, 12, 25)
    store.warnings.note(
        project_id,
        "teacher-noise-suspected",
        "The teacher's labels look noisy: 12 of 120 are contradicted with confidence.",
        1.0,
        level=WarningLevel.WARNING,
        remedy="Look at the disagreements and define the labels.",
    )


def add_round(services: Services, project_id: int, round_number: int, numbers: Sequence[int]) -> None:
    """A sampled round that is done: visits, paid calls, labels, and what was measured of its student."""
    store, at = services.store, services.clock()
    store.rounds.open(
        project_id,
        number=round_number,
        kind=RoundKind.MRARU,
        step=RoundStep.DONE,
        n_pool=N_TASKS,
        selected=[
            TextVisit(
                text_hash=hash_text(text_of(number)),
                acceptance_probability=0.25 + 0.5 * (number % 2),
                accepted=is_accepted,
                pass_number=1,
            )
            for number in numbers
            for is_accepted in (False, False, True)
        ],
        selection_end=SelectionEnd.BATCH_FULL,
        at=at,
    )
    for number in numbers:
        ask(services, project_id, number, round_number)
    n_labels = round_number * len(numbers)
    level = 1 - 0.45 / round_number
    store.rounds.update(
        project_id,
        round_number,
        student="logreg",
        model_version=f"mraru-logreg-r{round_number:03d}",
        n_labels=n_labels,
        n_gold=5 * (round_number - 1),
        agreement=level - 0.06,
        estimated_agreement=level,
        mean_uncertainty=0.5 / round_number + 0.1,
        mean_confidence=level - 0.03,
        kappa=level,
        n_compared=150,
        n_gold_checked=5 * (round_number - 1),
        n_gold_right=max(0, 4 * (round_number - 1)),
        n_judged=n_labels,
        n_contradicted=2 * round_number,
        calibration="temperature",
        calibration_error_before=0.2 / round_number + 0.03,
        calibration_error_after=0.08 / round_number + 0.01,
        n_pushed=220,
        training_s=1.5,
        finished_at=at,
    )


def ask(services: Services, project_id: int, number: int, round_number: int, cost_usd: float = 0.002) -> None:
    """Have the simulated teacher label one text."""
    store, label = services.store, teacher_label(number)
    model, prompt_version = SERVER_MODEL[1], f"prompt-of-{project_id}"
    identity = TeacherIdentity(model=model, prompt_version=prompt_version, server=SERVER_MODEL[0])
    call = store.ledger.reserve(
        project_id=project_id,
        identity=identity,
        text_hash=hash_text(text_of(number)),
        cost_bound_usd=0.01,
        tokens_bound=900,
        budget=Budget(),
    )
    answer = TeacherAnswer(
        label=label,
        raw="",
        no_label_reason=None if label else "it named none",
        explanation=f"It is about {label}." if label else None,
        probabilities=((label, 0.8 + (number % 5) / 50),) if label else None,
        cost_usd=cost_usd,
        usage=Usage(prompt_tokens=220, completion_tokens=12),
    )
    store.ledger.settle(call, answer)
    store.teacher_labels.save(
        project_id,
        text_hash=hash_text(text_of(number)),
        answer=answer,
        identity=identity,
        round_number=round_number,
        at=services.clock(),
    )


def annotate(services: Services, project_id: int, numbers: Sequence[int], annotators: Sequence[int] = (1, 2)) -> None:
    """Have people label tasks rightly; the second of them errs on every sixth."""
    listed = [
        Annotation(
            annotation_id=number * 10 + annotator,
            task_id=number,
            label=LABELS[(number + (annotator == 2 and number % 6 == 0)) % len(LABELS)],
            completed_by=annotator,
            lead_time_s=8.0 + number % 5 + 3 * annotator,
            updated_at="2026-11-20T10:00:00Z",
        )
        for number in numbers
        for annotator in annotators
    ]
    services.store.annotations.save(project_id, listed, services.clock())


def open_circuit(services: Services, until: float) -> None:
    """Let the LLM's server have failed too often in a row."""
    server, model = SERVER_MODEL
    services.store.teacher_health.save(
        TeacherHealth(
            server=server,
            model=model,
            circuit=CircuitState.OPEN,
            n_failures=10,
            opened_until=until,
            last_error="503: the server is overloaded",
        )
    )


def _opinion(number: int) -> Opinion:
    draw = random.Random(number)
    is_labelled = number <= N_ROUNDS * BATCH
    differs = is_labelled and teacher_label(number) != student_label(number)
    confidence = 0.55 + 0.4 * draw.random()
    return Opinion(
        text_hash=hash_text(text_of(number)),
        label=student_label(number),
        confidence=confidence,
        final_label=(is_labelled and teacher_label(number)) or student_label(number),
        score=0.5 + 0.4 * (1 - confidence) if differs else confidence,
        is_out_of_fold=is_labelled,
    )
