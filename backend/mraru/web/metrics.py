"""`/metrics` for Prometheus, read from the store at each scrape: the same from every process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mraru.bootstrap import Services
from mraru.store.projects import ProjectState
from mraru.web.summary import ProjectSummary, summarize_project

GAUGES: dict[str, tuple[str, Callable[[ProjectSummary], float]]] = {  # name: (help, how it is read)
    "mraru_tasks": ("Tasks of the project", lambda s: s.n_tasks),
    "mraru_gold_labels": ("Texts labelled by people", lambda s: s.n_gold),
    "mraru_teacher_labels": ("Texts labelled by the teacher", lambda s: s.teacher.n_labels),
    "mraru_teacher_calls": ("Calls to the teacher that count", lambda s: s.teacher.n_calls),
    "mraru_teacher_cost_usd": ("Dollars spent on the teacher", lambda s: s.teacher.cost_usd),
    "mraru_budget_calls": ("Calls that may not be passed", lambda s: s.teacher.max_calls),
    "mraru_budget_usd": ("Dollars that may not be passed", lambda s: s.teacher.max_cost_usd),
    "mraru_rounds": ("Rounds done or begun", lambda s: len(s.rounds)),
    "mraru_visited": ("Texts that the sampler visited", lambda s: sum(r.n_visited for r in s.rounds)),
    "mraru_accepted": ("Texts that the sampler accepted", lambda s: sum(r.n_accepted for r in s.rounds)),
    "mraru_predictions": ("Predictions of the served version", lambda s: s.n_predictions),
    "mraru_corrections_waiting": ("Corrections since the last training", lambda s: s.n_corrections_waiting),
    "mraru_events_waiting": ("Webhooks not dealt with", lambda s: s.n_events_waiting),
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


def make_metrics_blueprint(services: Services) -> Blueprint:
    blueprint = Blueprint("metrics", __name__)
    registry = CollectorRegistry()
    registry.register(StoreCollector(services))

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint
