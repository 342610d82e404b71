"""`/metrics` for Prometheus, read from the store at each scrape: the same from every process."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mraru.bootstrap import Services
from mraru.figures.summary import ProjectSummary, TotalFigures, list_teacher_health, summarize_project
from mraru.records import CircuitState, TeacherHealth
from mraru.store.projects import ProjectState

GAUGES: dict[str, tuple[str, Callable[[ProjectSummary], float]]] = {  # name: (help, how it is read)
    "mraru_tasks": ("Tasks of the project", lambda s: s.n_tasks),
    "mraru_gold_labels": ("Texts labelled by people", lambda s: s.n_gold),
    "mraru_teacher_labels": ("Texts labelled by the teacher", lambda s: s.teacher.n_labels),
    "mraru_teacher_calls": ("Calls to the teacher that count", lambda s: s.teacher.n_calls),
    "mraru_teacher_cost_usd": ("Dollars spent on the teacher", lambda s: s.teacher.cost_usd),
    "mraru_teacher_attempts": ("Calls to the teacher, failed ones too", lambda s: s.teacher.attempts.n_attempts),
    "mraru_teacher_retries": ("Calls about a text after its first", lambda s: s.teacher.attempts.n_retries),
    "mraru_teacher_failures": ("Calls that failed", lambda s: s.teacher.attempts.n_failed),
    "mraru_teacher_tokens": ("Tokens of the teacher that count", lambda s: s.teacher.n_tokens),
    "mraru_budget_calls": ("Calls that may not be passed", lambda s: s.teacher.max_calls),
    "mraru_budget_usd": ("Dollars that may not be passed", lambda s: s.teacher.max_cost_usd),
    "mraru_budget_tokens": ("Tokens that may not be passed", lambda s: _or_no_limit(s.teacher.max_tokens)),
    "mraru_batch_jobs": ("Batch jobs that are waited for", lambda s: len(s.batch_jobs)),
    "mraru_rounds": ("Rounds done or begun", lambda s: len(s.rounds)),
    "mraru_visited": ("Texts that the sampler visited", lambda s: sum(r.n_visited for r in s.rounds)),
    "mraru_accepted": ("Texts that the sampler accepted", lambda s: sum(r.n_accepted for r in s.rounds)),
    "mraru_predictions": ("Predictions of the served version", lambda s: s.n_predictions),
    "mraru_corrections_waiting": ("Corrections since the last training", lambda s: s.n_corrections_waiting),
    "mraru_events_waiting": ("Webhooks not dealt with", lambda s: s.n_events_waiting),
}

TOTAL_GAUGES: dict[str, tuple[str, Callable[[TotalFigures], float]]] = {  # of all projects together
    "mraru_total_calls": ("Calls to teachers that count", lambda t: t.n_calls),
    "mraru_total_tokens": ("Tokens of teachers that count", lambda t: t.n_tokens),
    "mraru_total_cost_usd": ("Dollars spent on teachers", lambda t: t.cost_usd),
    "mraru_total_budget_calls": ("Calls that may not be passed", lambda t: _or_no_limit(t.max_calls)),
    "mraru_total_budget_tokens": ("Tokens that may not be passed", lambda t: _or_no_limit(t.max_tokens)),
    "mraru_total_budget_usd": ("Dollars that may not be passed", lambda t: _or_no_limit(t.max_cost_usd)),
}

CIRCUIT_VALUES = {CircuitState.CLOSED: 0.0, CircuitState.HALF_OPEN: 0.5, CircuitState.OPEN: 1.0}
SERVER_GAUGES: dict[str, tuple[str, Callable[[TeacherHealth], float | None]]] = {  # as above; None: not shown
    "mraru_teacher_circuit": (
        "Whether calls are held back: 0 closed (no), 0.5 half-open, 1 open",
        lambda h: CIRCUIT_VALUES[h.circuit],
    ),
    "mraru_teacher_failures_in_row": ("Failed calls since the last answer", lambda h: h.n_failures),
    "mraru_teacher_requests_per_minute": ("Limit that the server told", lambda h: h.requests_per_minute),
    "mraru_teacher_tokens_per_minute": ("Limit that the server told", lambda h: h.tokens_per_minute),
}


class StoreCollector(Collector):
    """Reads every project's figures when it is asked."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        summaries: list[ProjectSummary] = []
        for project in self._services.store.projects.list_all():
            summary = summarize_project(self._services, project.project_id)
            if summary is not None:
                summaries.append(summary)
        for name, (meaning, read) in GAUGES.items():
            gauge = GaugeMetricFamily(name, meaning, labels=["project"])
            for summary in summaries:
                gauge.add_metric([str(summary.id)], read(summary))
            yield gauge
        states = GaugeMetricFamily("mraru_state", "1 for the project's state", labels=["project", "state"])
        for summary in summaries:
            for state in ProjectState:
                states.add_metric([str(summary.id), state.value], float(summary.state == state))
        yield states
        warned = GaugeMetricFamily("mraru_warning", "1 for each warning that stands", labels=["project", "code"])
        for summary in summaries:
            for warning in summary.warnings:
                warned.add_metric([str(summary.id), warning.code], 1.0)
        yield warned
        for summary in summaries[:1]:  # each holds the same totals
            for name, (meaning, read_total) in TOTAL_GAUGES.items():
                yield GaugeMetricFamily(name, meaning, value=read_total(summary.teacher.total))
        yield from _server_gauges(list_teacher_health(self._services))


def _or_no_limit(limit: float | None) -> float:
    return math.inf if limit is None else limit


def _server_gauges(servers: Sequence[TeacherHealth]) -> Iterator[Metric]:
    for name, (meaning, read) in SERVER_GAUGES.items():
        gauge = GaugeMetricFamily(name, meaning, labels=["server", "model"])
        for health in servers:
            value = read(health)
            if value is not None:
                gauge.add_metric([health.server, health.model], value)
        yield gauge


def make_metrics_blueprint(services: Services) -> Blueprint:
    blueprint = Blueprint("metrics", __name__)
    registry = CollectorRegistry()
    registry.register(StoreCollector(services))

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint
