"""What is told to Prometheus of calls to teachers, and of how their servers fare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from mraru.records import CircuitState, TeacherHealth
from mraru.store.ledger.metric_counts import CallCounts, MetricCounts

ASKED = ("project", "server", "model")
COUNTERS: dict[str, tuple[str, Callable[[CallCounts], float]]] = {  # name without _total: (help, how it is read)
    "mraru_teacher_calls": ("Calls to the teacher, failed ones too", lambda c: c.n_calls),
    "mraru_teacher_answers": ("Calls that were answered", lambda c: c.n_answered),
    "mraru_teacher_cost_usd": ("Dollars that the answered calls cost", lambda c: c.cost_usd),
}
CIRCUIT_VALUES = {CircuitState.CLOSED: 0.0, CircuitState.HALF_OPEN: 0.5, CircuitState.OPEN: 1.0}
SERVER_GAUGES: dict[str, tuple[str, Callable[[TeacherHealth], float | None]]] = {  # as above; None: not shown
    "mraru_teacher_circuit": (
        "Whether calls are held back: 0 closed (no), 0.5 half-open, 1 open",
        lambda h: CIRCUIT_VALUES[h.circuit],
    ),
    "mraru_teacher_failures_in_row": ("Failed calls since the last answer", lambda h: h.n_failures),
    "mraru_teacher_requests_per_minute": ("Limit that the server told", lambda h: h.requests_per_minute),
    "mraru_teacher_tokens_per_minute": ("Limit of tokens that the server told", lambda h: h.tokens_per_minute),
}


def list_call_metrics(counts: MetricCounts) -> Iterator[Metric]:
    """The ledger, by project, server and model; calls of forgotten projects count on."""
    for name, (meaning, read) in COUNTERS.items():
        counter = CounterMetricFamily(name, meaning, labels=ASKED)
        for group in counts.calls:
            counter.add_metric(_labels(group), read(group))
        yield counter
    failures = CounterMetricFamily(
        "mraru_teacher_failures", "Calls that failed, by whether they were billed", labels=[*ASKED, "billed"]
    )
    tokens = CounterMetricFamily(
        "mraru_teacher_tokens", "Tokens of the answered calls, as servers counted them", labels=[*ASKED, "type"]
    )
    under_way = GaugeMetricFamily("mraru_teacher_calls_under_way", "Calls that wait for their answer", labels=ASKED)
    for group in counts.calls:
        failures.add_metric([*_labels(group), "no"], group.n_released)
        failures.add_metric([*_labels(group), "maybe"], group.n_forfeited)
        tokens.add_metric([*_labels(group), "prompt"], group.prompt_tokens)
        tokens.add_metric([*_labels(group), "completion"], group.completion_tokens)
        under_way.add_metric(_labels(group), group.n_under_way)
    yield from (failures, tokens, under_way)
    retries = CounterMetricFamily("mraru_teacher_retries", "Calls about a text after its first", labels=["project"])
    for project_id, n_retries in counts.retries.items():
        retries.add_metric([str(project_id)], n_retries)
    yield retries


def list_server_metrics(servers: Sequence[TeacherHealth]) -> Iterator[Metric]:
    """How the servers fare that are asked as things are set."""
    for name, (meaning, read) in SERVER_GAUGES.items():
        gauge = GaugeMetricFamily(name, meaning, labels=["server", "model"])
        for health in servers:
            value = read(health)
            if value is not None:
                gauge.add_metric([health.server, health.model], value)
        yield gauge


def _labels(group: CallCounts) -> list[str]:
    return [str(group.project_id), group.server, group.model]
