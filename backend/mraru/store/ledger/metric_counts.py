"""What is counted for monitoring: of all projects in a few statements, however many projects there are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, distinct, func, literal, select, union_all

from mraru.records import SettingValue
from mraru.store.database import Database
from mraru.store.ledger.batch_jobs import OPEN
from mraru.store.ledger.spending import SPENT_TOKENS, SPENT_USD, CallStatus
from mraru.store.projects.round_repository import RoundStep
from mraru.store.tables.project_tables import (
    batch_jobs,
    calls,
    events,
    past_events,
    predictions,
    projects,
    rounds,
    task_annotations,
    tasks,
    teacher_labels,
    warnings,
)
from mraru.store.tables.review_tables import project_settings
from mraru.store.tasks.prediction_repository import OF_TASKS

ROUND_BOUNDS_S = (5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0)  # seconds; a batch job may take a day
Counts = Mapping[int, float]  # by project


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCounts:
    """The calls of a project to one model; each attempt is a call."""

    project_id: int
    server: str
    model: str
    n_calls: int
    n_answered: int
    n_released: int  # failed, surely not billed
    n_forfeited: int  # failed, perhaps billed
    n_under_way: int
    prompt_tokens: int  # of the answered, as the servers counted them
    completion_tokens: int
    cost_usd: float  # of the answered
    spent_calls: int  # as budgets count: calls under way and those perhaps billed at the most that they can be
    spent_usd: float
    spent_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundCounts:
    """The finished rounds of one kind in a project."""

    project_id: int
    kind: str
    n_rounds: int
    duration_s: float  # of all together
    n_within: tuple[int, ...]  # that took no longer than each of ROUND_BOUNDS_S


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCounts:
    """All projects at one moment."""

    states: Mapping[int, str]  # by project: see store.projects.ProjectState
    corrections: Counts  # that no student has learned yet
    settings: Mapping[int, Mapping[str, SettingValue]]  # what is set for a project alone
    tasks: Counts
    annotated_texts: Counts
    teacher_labels: Counts
    visited: Counts
    accepted: Counts
    predictions: Counts
    batch_jobs: Counts  # that are waited for
    events: Counts  # that ever came
    events_waiting: Counts
    events_unreadable: Counts
    retries: Counts  # calls about a text after its first
    warnings: Sequence[tuple[int, str]]  # project and code
    calls: Sequence[CallCounts]
    rounds: Sequence[RoundCounts]


class MetricRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> MetricCounts:
        """Count everything, as of one moment."""
        with self._database.read() as connection:
            known = connection.execute(select(projects.c.project_id, projects.c.state, projects.c.n_corrections)).all()
            seen = {row.project_id: row for row in connection.execute(_count_visits())}
            came = {row.project_id: row for row in connection.execute(_count_events())}
            found = connection.execute(select(warnings.c.project_id, warnings.c.code)).all()
            return MetricCounts(
                states={row.project_id: row.state for row in known},
                corrections={row.project_id: row.n_corrections for row in known},
                settings=_read_settings(connection),
                tasks=_count(connection, select(tasks.c.project_id, func.count()).group_by(tasks.c.project_id)),
                annotated_texts=_count(connection, _count_annotated()),
                teacher_labels=_count(
                    connection,
                    select(teacher_labels.c.project_id, func.count())
                    .where(teacher_labels.c.label.is_not(None))
                    .group_by(teacher_labels.c.project_id),
                ),
                visited={project_id: row.visited for project_id, row in seen.items()},
                accepted={project_id: row.accepted for project_id, row in seen.items()},
                predictions=_count(
                    connection,
                    select(predictions.c.project_id, func.count(distinct(predictions.c.task_id)))
                    .where(predictions.c.state.in_(OF_TASKS))
                    .group_by(predictions.c.project_id),
                ),
                batch_jobs=_count(
                    connection,
                    select(batch_jobs.c.project_id, func.count())
                    .where(batch_jobs.c.status.in_(OPEN))
                    .group_by(batch_jobs.c.project_id),
                ),
                events={project_id: row.n_events for project_id, row in came.items()},
                events_waiting={project_id: row.n_waiting for project_id, row in came.items()},
                events_unreadable={project_id: row.n_unreadable for project_id, row in came.items()},
                retries=_count(connection, _count_retries()),
                warnings=[(row.project_id, row.code) for row in found],
                calls=[CallCounts(**row._mapping) for row in connection.execute(_count_calls())],
                rounds=[_to_rounds(tuple(row)) for row in connection.execute(_count_rounds())],
            )


def _count(connection: Connection, statement: Select[Any]) -> Counts:
    rows: Iterable[Sequence[Any]] = connection.execute(statement)
    return {row[0]: row[1] for row in rows}


def _count_visits() -> Select[Any]:
    return select(
        rounds.c.project_id,
        func.sum(rounds.c.n_visited).label("visited"),
        func.sum(rounds.c.n_accepted).label("accepted"),
    ).group_by(rounds.c.project_id)


def _count_annotated() -> Select[Any]:
    """Distinct texts that people labelled."""
    return (
        select(task_annotations.c.project_id, func.count(distinct(tasks.c.text_hash)))
        .join(
            tasks,
            (tasks.c.project_id == task_annotations.c.project_id) & (tasks.c.task_id == task_annotations.c.task_id),
        )
        .where(task_annotations.c.is_human, ~task_annotations.c.was_cancelled, task_annotations.c.label.is_not(None))
        .group_by(task_annotations.c.project_id)
    )


def _count_events() -> Select[Any]:
    """Those that are forgotten count on: a counter never goes down."""
    kept = select(
        events.c.project_id,
        func.count().label("n_events"),
        _number(events.c.done_at.is_(None)).label("n_waiting"),
        _number(events.c.error.is_not(None)).label("n_unreadable"),
    ).group_by(events.c.project_id)
    past = select(past_events.c.project_id, past_events.c.n_events, literal(0), past_events.c.n_unreadable)
    both = union_all(kept, past).subquery()
    sums = [func.sum(both.c[name]).label(name) for name in ("n_events", "n_waiting", "n_unreadable")]
    return select(both.c.project_id, *sums).group_by(both.c.project_id)


def _count_retries() -> Select[Any]:
    questions = (
        select(calls.c.project_id, func.count().label("n_calls"))
        .group_by(calls.c.project_id, calls.c.text_hash, calls.c.model, calls.c.prompt_version, calls.c.server)
        .subquery()
    )
    return select(questions.c.project_id, func.sum(questions.c.n_calls - 1)).group_by(questions.c.project_id)


def _count_calls() -> Select[Any]:
    is_answered = calls.c.status == CallStatus.ANSWERED
    is_late = is_answered & calls.c.error.is_not(None)  # it was given up for lost before
    return select(
        calls.c.project_id,
        calls.c.server,
        calls.c.model,
        func.count().label("n_calls"),
        _number(is_answered).label("n_answered"),
        _number(calls.c.status == CallStatus.RELEASED).label("n_released"),
        _number((calls.c.status == CallStatus.FORFEITED) | is_late).label("n_forfeited"),
        _number(calls.c.status == CallStatus.RESERVED).label("n_under_way"),
        func.sum(case((is_answered, calls.c.prompt_tokens), else_=0)).label("prompt_tokens"),
        func.sum(case((is_answered, calls.c.completion_tokens), else_=0)).label("completion_tokens"),
        func.sum(case((is_answered, calls.c.cost_usd), else_=0.0)).label("cost_usd"),
        _number(calls.c.status != CallStatus.RELEASED).label("spent_calls"),
        func.sum(SPENT_USD).label("spent_usd"),
        func.sum(SPENT_TOKENS).label("spent_tokens"),
    ).group_by(calls.c.project_id, calls.c.server, calls.c.model)


def _count_rounds() -> Select[Any]:
    duration_s = func.max(rounds.c.finished_at - rounds.c.started_at, 0.0)  # a clock may have been set back
    within = [_number(duration_s <= bound_s).label(f"within_{place}") for place, bound_s in enumerate(ROUND_BOUNDS_S)]
    return (
        select(rounds.c.project_id, rounds.c.kind, func.count(), func.sum(duration_s), *within)
        .where(rounds.c.step == RoundStep.DONE, rounds.c.finished_at.is_not(None))
        .group_by(rounds.c.project_id, rounds.c.kind)
    )


def _to_rounds(row: tuple[object, ...]) -> RoundCounts:
    project_id, kind, n_rounds, duration_s, *within = row
    return RoundCounts(
        project_id=int(str(project_id)),
        kind=str(kind),
        n_rounds=int(str(n_rounds)),
        duration_s=float(str(duration_s)),
        n_within=tuple(int(str(number)) for number in within),
    )


def _read_settings(connection: Connection) -> dict[int, dict[str, SettingValue]]:
    found: dict[int, dict[str, SettingValue]] = {}
    for row in connection.execute(select(project_settings)):
        found.setdefault(row.project_id, {})[row.name] = json.loads(row.value)
    return found


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows of a group it holds for."""
    return func.sum(case((condition, 1), else_=0))
