"""`/metrics`: by Prometheus's conventions, true of the store, and as cheap for many projects as for one."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from fakes.dashboard import fill_store
from fakes.services import MakeClient, connect
from fakes.sql_statements import seen_statements
from mraru.bootstrap import Services
from mraru.records import TaskText
from mraru.store.projects.round_repository import RoundKind, RoundStep
from mraru.store.projects.worker_locks import hold_worker_lock
from mraru.web.monitoring.request_record import SHARED_FOLDER

DASHBOARD = Path(__file__).parents[3] / "docker" / "grafana-dashboard.json"
UNITS = ("_seconds", "_bytes", "_usd", "_info")
NOT_BASE_UNITS = re.compile(r"_(ms|milliseconds|minutes|hours|s|kb|mb|gb|percent|dollars|count|sum)(_total)?$")
PROMQL_WORDS = re.compile(r"mraru_\w+")
SUFFIXES = re.compile(r"_(bucket|count|sum)$")
MOST_STATEMENTS = 20  # of a scrape; there were 57 with one project, and as many more with each


@pytest.fixture
def scraped(make_client: MakeClient, filled: Services) -> FlaskClient:
    return make_client(filled)


def families_of(client: FlaskClient) -> list[Metric]:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return list(text_string_to_metric_families(answer.text))


def samples_of(client: FlaskClient) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in families_of(client)
        for sample in family.samples
    }


def test_names_follow_prometheuss_conventions(scraped: FlaskClient) -> None:
    scraped.get("/health")  # a request to be measured
    families = families_of(scraped)
    text = scraped.get("/metrics").text
    helps = Counter(re.findall(r"^# HELP (\S+)", text, re.M))
    assert set(helps.values()) == {1}
    for family in families:
        assert re.fullmatch(r"mraru_[a-z][a-z0-9_]*", family.name)
        assert family.documentation.strip(), family.name
        assert family.type in ("counter", "gauge", "histogram"), family.name
        assert not NOT_BASE_UNITS.search(family.name), family.name
        assert (f"{family.name}_total" in helps) == (family.type == "counter"), family.name
        if family.type == "histogram":
            assert family.name.endswith(UNITS)
        for sample in family.samples:
            assert family.type == "histogram" or "le" not in sample.labels
    seen = Counter((sample.name, *sorted(sample.labels.items())) for family in families for sample in family.samples)
    assert set(seen.values()) == {1}


def test_the_figures_of_a_project_are_those_of_the_store(scraped: FlaskClient, filled: Services) -> None:
    connect(filled, 2)
    samples = samples_of(scraped)
    summary = scraped.get("/api/projects/3").json
    assert samples["mraru_tasks", ("3",)] == summary["n_tasks"]
    assert samples["mraru_tasks", ("2",)] == 0
    assert samples["mraru_predictions", ("3",)] == summary["n_predictions"]
    assert samples["mraru_teacher_labels", ("3",)] == summary["teacher"]["n_labels"]
    assert samples["mraru_visited_texts_total", ("3",)] == sum(round_["n_visited"] for round_ in summary["rounds"])
    assert samples["mraru_accepted_texts_total", ("3",)] == sum(round_["n_accepted"] for round_ in summary["rounds"])
    assert samples["mraru_webhook_events_waiting", ("3",)] == summary["n_events_waiting"]
    assert samples["mraru_corrections_waiting", ("3",)] == summary["n_corrections_waiting"]
    assert samples["mraru_state", ("3", "running")] == 1
    assert samples["mraru_state", ("3", "failed")] == 0
    assert samples["mraru_state", ("2", "connected")] == 1
    for warning in summary["warnings"]:
        assert samples["mraru_warning", (warning["code"], "3")] == 1
    assert samples["mraru_annotated_texts", ("3",)] > 0


def test_calls_tokens_and_dollars_are_those_of_the_ledger(scraped: FlaskClient, filled: Services) -> None:
    summed = Counter[str]()
    for (name, _), value in samples_of(scraped).items():
        summed[name] += value  # type: ignore[assignment]
    teacher = scraped.get("/api/projects/3").json["teacher"]
    assert summed["mraru_teacher_calls_total"] == teacher["attempts"]["n_attempts"]
    assert summed["mraru_teacher_answers_total"] == teacher["attempts"]["n_answered"]
    assert summed["mraru_teacher_retries_total"] == teacher["attempts"]["n_retries"]
    assert summed["mraru_teacher_tokens_total"] == teacher["prompt_tokens"] + teacher["completion_tokens"]
    assert summed["mraru_teacher_cost_usd_total"] == pytest.approx(teacher["cost_usd"])
    assert summed["mraru_spent_calls"] == summed["mraru_total_spent_calls"] == teacher["n_calls"]
    assert summed["mraru_spent_usd"] == pytest.approx(filled.store.ledger.spending(3).cost_usd)
    assert summed["mraru_spent_tokens"] == teacher["n_tokens"]
    assert summed["mraru_budget_calls"] == teacher["max_calls"]
    assert summed["mraru_total_budget_usd"] == math.inf


def test_a_budget_of_a_project_alone_is_the_one_shown(scraped: FlaskClient, filled: Services) -> None:
    filled.store.project_settings.change(3, {"max_calls": 7, "max_tokens": 99})
    samples = samples_of(scraped)
    assert (samples["mraru_budget_calls", ("3",)], samples["mraru_budget_tokens", ("3",)]) == (7, 99)


def test_rounds_are_a_histogram_of_their_durations(client: FlaskClient, services: Services) -> None:
    connect(services)
    for number, (began, ended) in enumerate([(0.0, 4.0), (0.0, 61.0), (100.0, 50.0), (0.0, 10.0**6)], start=1):
        services.store.rounds.open(
            1,
            number=number,
            kind=RoundKind.MRARU,
            step=RoundStep.ASKING,
            n_pool=1,
            selected=[],
            selection_end=None,
            at=began,
        )
        services.store.rounds.update(1, number, step=RoundStep.DONE, finished_at=ended)
    (durations,) = (family for family in families_of(client) if family.name == "mraru_round_duration_seconds")
    within = {sample.labels.get("le"): sample.value for sample in durations.samples if sample.name.endswith("_bucket")}
    assert (within["5.0"], within["60.0"], within["300.0"], within["86400.0"], within["+Inf"]) == (2, 2, 3, 3, 4)
    samples = samples_of(client)
    assert samples["mraru_rounds_total", ("mraru", "1")] == 4
    assert samples["mraru_round_duration_seconds_sum", ("mraru", "1")] == 4 + 61 + 10**6


def test_metrics_are_those_of_the_moment(scraped: FlaskClient, filled: Services) -> None:
    before = samples_of(scraped)["mraru_tasks", ("3",)]
    filled.store.tasks.save(3, [TaskText(task_id=10**6, text="new")])
    assert samples_of(scraped)["mraru_tasks", ("3",)] == before + 1


def test_a_scrape_costs_as_many_statements_however_many_projects_there_are(
    scraped: FlaskClient, filled: Services
) -> None:
    with seen_statements() as for_one:
        scraped.get("/metrics")
    fill_store(filled, 4)
    fill_store(filled, 5)
    with seen_statements() as for_three:
        scraped.get("/metrics")
    assert len(for_three) == len(for_one) <= MOST_STATEMENTS


def test_without_projects_the_machine_is_told_of(client: FlaskClient, services: Services) -> None:
    samples = samples_of(client)
    assert samples["mraru_workers", ()] == 0
    assert samples["mraru_disk_free_bytes", ()] > 0
    with hold_worker_lock(services.settings.model_dir):
        assert samples_of(client)["mraru_workers", ()] == 1


def test_requests_are_measured_by_route_whatever_stands_in_their_address(scraped: FlaskClient) -> None:
    for path in ("/api/projects/3", "/api/projects/4", "/no/such", "/nor/this?token=hush"):
        scraped.get(path)
    scraped.open("/health", method="BREW")
    counts = {
        labels: value
        for (name, labels), value in samples_of(scraped).items()
        if name == "mraru_http_request_duration_seconds_count"
    }
    assert counts["GET", "/api/projects/{project_id}", "2xx"] == 1
    assert counts["GET", "/api/projects/{project_id}", "4xx"] == 1
    assert counts["GET", "unknown", "4xx"] == 2
    assert counts["other", "unknown", "4xx"] == 1
    assert "hush" not in scraped.get("/metrics").text


ONE_PROCESS = """
import sys
from flask import Flask
from prometheus_client import generate_latest
from mraru.web.monitoring.request_record import RequestRecord
app, record = Flask("each"), RequestRecord(has_access_log=False)
record.watch(app)
app.get("/health")(lambda: "up")
for _ in range(int(sys.argv[1])):
    app.test_client().get("/health")
sys.stdout.write(generate_latest(record.registry).decode())
"""


def test_several_processes_add_up_what_they_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHARED_FOLDER, str(tmp_path))
    (tmp_path / "histogram_1.db").touch()  # of a process that is about to write into it
    said = [
        subprocess.run([sys.executable, "-c", ONE_PROCESS, n], check=True, capture_output=True, text=True).stdout
        for n in ("3", "4")
    ]
    (family,) = text_string_to_metric_families(said[1])
    counts = [sample.value for sample in family.samples if sample.name.endswith("_count")]
    assert counts == [7]


def test_the_dashboard_asks_for_metrics_that_exist_and_for_all_that_matter(scraped: FlaskClient) -> None:
    scraped.get("/health")
    exist = {
        name
        for family in families_of(scraped)
        for name in (family.name if family.type != "counter" else f"{family.name}_total",)
    }
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = {
        SUFFIXES.sub("", name)
        for panel in board["panels"]
        for target in panel["targets"]
        for name in PROMQL_WORDS.findall(target["expr"])
    }
    assert asked <= exist
    assert {name for name in exist if name.endswith("_total")} <= asked | {"mraru_teacher_answers_total"}
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
    assert len(set(places)) == len(places)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in board["panels"])
