"""`/metrics` for Prometheus: the store's figures, the same from every process, and this server's requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from mraru import __version__
from mraru.bootstrap import Services
from mraru.reporting.project_summary import list_teacher_health
from mraru.store.ledger.metric_counts import ROUND_BOUNDS_S, Counts, MetricCounts, RoundCounts
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.worker_locks import list_workers
from mraru.store.store_faults import count_free
from mraru.web.monitoring.budget_metrics import list_budget_metrics
from mraru.web.monitoring.call_metrics import list_call_metrics, list_server_metrics

PROJECT = ("project",)


class StoreCollector(Collector):
    """Reads the figures of all projects when it is asked."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        counts = self._services.store.metrics.count()
        yield from _list_machine_metrics(self._services)
        yield from _list_project_gauges(counts)
        yield from _list_project_counters(counts)
        yield _make_states(counts)
        yield _make_warnings(counts)
        yield _make_rounds(counts)
        yield _make_round_durations(counts.rounds)
        yield from list_call_metrics(counts)
        yield from list_budget_metrics(self._services, counts)
        yield from list_server_metrics(list_teacher_health(self._services))


def make_metrics_blueprint(services: Services, requests: CollectorRegistry) -> Blueprint:
    """The route `/metrics`.

    Args:
        requests: what was measured of this server's requests.
    """
    blueprint = Blueprint("metrics", __name__)
    registry = CollectorRegistry()
    registry.register(StoreCollector(services))

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry) + generate_latest(requests), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _list_machine_metrics(services: Services) -> Iterator[Metric]:
    build = GaugeMetricFamily("mraru_build_info", "1, with the version that runs", labels=["version"])
    build.add_metric([__version__], 1.0)
    yield build
    workers, free = list_workers(services.settings.model_dir), count_free(services.store_path)
    if workers is not None:
        yield GaugeMetricFamily("mraru_workers", "Worker processes that are alive", value=len(workers))
    if free is not None:
        yield GaugeMetricFamily("mraru_disk_free_bytes", "Free on the disk of MODEL_DIR", value=free)


def _list_project_gauges(counts: MetricCounts) -> Iterator[Metric]:
    told: tuple[tuple[str, str, Counts], ...] = (
        ("mraru_tasks", "Tasks of the project", counts.tasks),
        ("mraru_annotated_texts", "Distinct texts that people labelled", counts.annotated_texts),
        ("mraru_teacher_labels", "Texts labelled by the teacher", counts.teacher_labels),
        ("mraru_predictions", "Tasks with a prediction", counts.predictions),
        ("mraru_corrections_waiting", "Corrections since the last training", counts.corrections),
        ("mraru_webhook_events_waiting", "Webhooks not dealt with", counts.events_waiting),
        ("mraru_batch_jobs", "Batch jobs that are waited for", counts.batch_jobs),
    )
    for name, meaning, by_project in told:
        yield _of_projects(GaugeMetricFamily(name, meaning, labels=PROJECT), counts, by_project)


def _list_project_counters(counts: MetricCounts) -> Iterator[Metric]:
    told: tuple[tuple[str, str, Counts], ...] = (
        ("mraru_webhook_events", "Webhooks that were written down", counts.events),
        ("mraru_webhook_events_unreadable", "Webhooks that could not be read", counts.events_unreadable),
        (
            "mraru_visited_texts",
            "Visits of the sampler; a text may be visited several times in a round",
            counts.visited,
        ),
        ("mraru_accepted_texts", "Texts that the sampler accepted", counts.accepted),
    )
    for name, meaning, by_project in told:
        yield _of_projects(CounterMetricFamily(name, meaning, labels=PROJECT), counts, by_project)


def _of_projects(family: GaugeMetricFamily | CounterMetricFamily, counts: MetricCounts, by_project: Counts) -> Metric:
    """With a value for each project, 0 for those that nothing was counted of."""
    for project_id in counts.states:
        family.add_metric([str(project_id)], by_project.get(project_id, 0))
    return family


def _make_states(counts: MetricCounts) -> Metric:
    states = GaugeMetricFamily("mraru_state", "1 for the project's state", labels=["project", "state"])
    for project_id, present in counts.states.items():
        for state in ProjectState:
            states.add_metric([str(project_id), state.value], float(present == state))
    return states


def _make_warnings(counts: MetricCounts) -> Metric:
    warned = GaugeMetricFamily("mraru_warning", "1 for each warning that stands", labels=["project", "code"])
    for project_id, code in counts.warnings:
        warned.add_metric([str(project_id), code], 1.0)
    return warned


def _make_rounds(counts: MetricCounts) -> Metric:
    finished = CounterMetricFamily("mraru_rounds", "Rounds that are done", labels=["project", "kind"])
    for group in counts.rounds:
        finished.add_metric([str(group.project_id), group.kind], group.n_rounds)
    return finished


def _make_round_durations(groups: Sequence[RoundCounts]) -> Metric:
    durations = HistogramMetricFamily(
        "mraru_round_duration_seconds", "From a round's begin to its end, pauses included", labels=["project", "kind"]
    )
    for group in groups:
        within = [(str(bound_s), float(n)) for bound_s, n in zip(ROUND_BOUNDS_S, group.n_within, strict=True)]
        durations.add_metric(
            [str(group.project_id), group.kind],
            buckets=[*within, ("+Inf", float(group.n_rounds))],
            sum_value=group.duration_s,
        )
    return durations
