"""The figures of one project, each from the store."""

from __future__ import annotations

from dataclasses import dataclass

from mraru.bootstrap import Services
from mraru.errors import LabelConfigError, ProjectSettingInvalid
from mraru.projects.final_labels.stored_teacher_standing import read_standings
from mraru.projects.learning.labelled_set import LabelledSet, read_labelled_set
from mraru.projects.project_schema import schema_of
from mraru.projects.syncing.set_aside import SetAsideLabel, list_set_aside
from mraru.quality.agreement.teacher_accuracy_on_gold import measure_accuracy
from mraru.records import CircuitState, TeacherHealth
from mraru.reporting.control_figures import ControlFigures, describe_controls
from mraru.reporting.round_figures import RoundFigures, describe_round
from mraru.schema_records import AnswerKind
from mraru.settings import Settings
from mraru.store.projects.applied_stop_rules import FiredRule
from mraru.store.projects.project_warnings import ProjectWarning
from mraru.store.projects.round_repository import Round
from mraru.store.teachers.teacher_health import Attempts
from mraru.teachers.servers.server_name import server_name


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalFigures:
    """What all projects of this backend have spent together, and may spend."""

    n_calls: int
    max_calls: int | None  # None: no limit
    n_tokens: int
    max_tokens: int | None
    cost_usd: float
    max_cost_usd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFigures:
    """One of several teachers."""

    name: str
    n_votes: int  # texts on which it named a label
    n_no_label: int
    n_agreeing: int  # its votes for what became the label
    estimated_accuracy: float | None  # by Dawid-Skene; None before there is enough overlap
    n_checked: int  # texts that it labelled and people labelled too: no sample of all that it labelled
    n_right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherFigures:
    name: str  # says so when it is the built-in zero-shot teacher
    n_labels: int
    n_no_label: int
    n_texts_paid: int  # distinct texts about which calls of this project were answered; what was there before is none
    n_calls: int
    max_calls: int
    cost_usd: float
    max_cost_usd: float
    n_tokens: int  # what counts against the budget; calls under way at the most that they can use
    max_tokens: int | None  # None: no limit
    prompt_tokens: int
    completion_tokens: int
    n_checked: int  # texts that people labelled too: no sample of all that it labelled
    n_right: int  # those of them where people agree with the teacher
    stars_apart: float | None  # of ratings, how far it is from people's there on average; None: too few, or no ratings
    attempts: Attempts
    health: TeacherHealth | None  # of the LLM's server, of several one that is held back; None until it was asked
    members: list[MemberFigures]  # where several teachers label, or did
    total: TotalFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJobFigures:
    """A batch job that is waited for."""

    status: str
    n_done: int
    n_requests: int
    submitted_at: float | None  # seconds since 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSummary:
    id: int
    title: str
    state: str
    reason: str
    controls: ControlFigures  # which buttons do something
    phase: str
    n_done: int
    n_total: int
    n_tasks: int
    n_texts: int
    n_gold: int
    n_ties: int  # texts on which people are evenly split
    set_aside: list[SetAsideLabel]  # labels that the label config has no more, and what was labelled with them
    n_corrections_waiting: int
    n_events_waiting: int
    served_version: str | None  # as Label Studio names it
    served_round: int | None  # whose student the labels are from
    n_predictions: int
    n_embedded: int
    student: str
    sampler: str
    teacher: TeacherFigures
    n_rounds: int
    rounds: list[RoundFigures]  # the newest, or all, in the order of their numbers
    stop_rules: list[FiredRule]  # rules of quality that ended the rounds, and those that are overruled
    batch_jobs: list[BatchJobFigures]  # open ones
    warnings: list[ProjectWarning]


def summarize_project(
    services: Services, project_id: int, *, n_newest_rounds: int | None = None
) -> ProjectSummary | None:
    """All figures of a project; None if this backend does not know it.

    Args:
        n_newest_rounds: of the newest rounds alone, so many; None: of all.
    """
    store = services.store
    project = store.projects.get(project_id)
    if project is None:
        return None
    try:
        schema = schema_of(project)
        are_ratings = schema.kind is AnswerKind.RATING
        labelled = read_labelled_set(store, project_id, schema)
        set_aside = list_set_aside(store, project_id, schema, labelled)
    except LabelConfigError:
        labelled, set_aside = LabelledSet(gold={}, teacher={}), ()  # the project's state says what is wrong
        are_ratings = False
    settings = _settings_shown(services, project_id)
    return ProjectSummary(
        id=project.project_id,
        title=project.title,
        state=project.state,
        reason=project.reason,
        controls=describe_controls(store, project),
        phase=project.phase,
        n_done=project.n_done,
        n_total=project.n_total,
        n_tasks=store.tasks.count(project_id),
        n_texts=store.tasks.count_texts(project_id),
        n_gold=len(labelled.gold),
        n_ties=len(labelled.ties),
        set_aside=list(set_aside),
        n_corrections_waiting=project.n_corrections,
        n_events_waiting=len(store.events.list_open(project_id)),
        served_version=project.served_version,
        served_round=project.served_round,
        n_predictions=store.predictions.count(project_id),
        n_embedded=store.tasks.count_embedded(project_id, services.student_embedder.name),
        student=settings.student,
        sampler=settings.sampler,
        teacher=_teacher_figures(services, settings, project_id, labelled, are_ratings=are_ratings),
        n_rounds=store.rounds.count(project_id),
        rounds=[describe_round(round_) for round_ in _list_rounds(services, project_id, n_newest_rounds)],
        stop_rules=store.stop_rules.list_all(project_id),
        batch_jobs=[
            BatchJobFigures(
                status=job.status, n_done=job.n_done, n_requests=job.n_requests, submitted_at=job.submitted_at
            )
            for job in store.batch_jobs.list_open(project_id)
        ],
        warnings=store.warnings.list_all(project_id),
    )


def list_teacher_health(services: Services) -> list[TeacherHealth]:
    """How the servers fare that are asked as things are set; what is known of former ones is left out."""
    asked = dict.fromkeys((server_name(llm.base_url), llm.model) for llm in services.settings.llms)
    found = [services.store.teacher_health.get(server, model) for server, model in asked]
    return [health for health in found if health is not None]


def _list_rounds(services: Services, project_id: int, n_newest_rounds: int | None) -> list[Round]:
    rounds = services.store.rounds
    if n_newest_rounds is None:
        return rounds.list_all(project_id)
    return rounds.list_newest(project_id, n_newest_rounds)[::-1]


def _settings_shown(services: Services, project_id: int) -> Settings:
    """The project's or, where one of them is possible no more, the server's: the project's state says so then."""
    try:
        return services.settings_for(project_id)
    except ProjectSettingInvalid:
        return services.settings


def _teacher_figures(
    services: Services, settings: Settings, project_id: int, labelled: LabelledSet, *, are_ratings: bool
) -> TeacherFigures:
    spending = services.store.ledger.spending(project_id)
    accuracy = measure_accuracy(labelled.gold, labelled.teacher, are_ratings=are_ratings)
    health = list_teacher_health(services)
    return TeacherFigures(
        name=settings.teacher_name,
        n_labels=sum(label is not None for label in labelled.teacher.values()),
        n_no_label=sum(label is None for label in labelled.teacher.values()),
        n_texts_paid=services.store.costs.count_asked(project_id, of_llms_alone=False),
        n_calls=spending.n_calls,
        max_calls=settings.max_calls,
        cost_usd=spending.cost_usd,
        max_cost_usd=settings.max_cost_usd,
        n_tokens=spending.n_tokens,
        max_tokens=settings.max_tokens,
        prompt_tokens=spending.prompt_tokens,
        completion_tokens=spending.completion_tokens,
        n_checked=accuracy.n_checked,
        n_right=accuracy.n_right,
        stars_apart=accuracy.stars_apart,
        attempts=services.store.teacher_health.count_attempts(project_id),
        health=min(health, key=lambda known: known.circuit is CircuitState.CLOSED, default=None),
        members=_member_figures(services, project_id, labelled),
        total=_total_figures(services),
    )


def _member_figures(services: Services, project_id: int, labelled: LabelledSet) -> list[MemberFigures]:
    settings = services.settings
    names = [llm.name for llm in settings.llms] if settings.several_teachers is not None else []
    standings = read_standings(services.store, project_id, names, labelled.gold, settings.dawid_skene_min_texts)
    return [
        MemberFigures(
            name=standing.name,
            n_votes=standing.n_votes,
            n_no_label=standing.n_no_label,
            n_agreeing=standing.n_agreeing,
            estimated_accuracy=standing.estimated_accuracy,
            n_checked=standing.on_gold.n_checked,
            n_right=standing.on_gold.n_right,
        )
        for standing in standings
    ]


def _total_figures(services: Services) -> TotalFigures:
    spending, budget = services.store.ledger.total_spending(), services.settings.total_budget
    return TotalFigures(
        n_calls=spending.n_calls,
        max_calls=budget.max_calls,
        n_tokens=spending.n_tokens,
        max_tokens=budget.max_tokens,
        cost_usd=spending.cost_usd,
        max_cost_usd=budget.max_cost_usd,
    )
