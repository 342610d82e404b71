"""A project whose LLM refuses some of its texts goes on; one whose LLM refuses all of them stops."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from fakes.batch_bench import BatchBench, make_batch_bench
from fakes.label_studio import LABELS
from fakes.loop_bench import class_of
from fakes.openai_faults import Fault, Refusal, said
from fakes.openai_server import OpenAIServer
from mraru.store.projects.project_repository import ProjectState
from mraru.store.tables.project_tables import calls
from mraru.teachers.servers.refusal_streak import MOST_IN_A_ROW

TEXTS = [f"{LABELS[number % 3]} {number}" for number in range(40)]  # of the bench
UNKNOWN = Refusal(status=400, message="Something in this request is not to my liking")


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(class_of) as running:
        yield running


@pytest.fixture(params=[False, True], ids=["at once", "by batch jobs"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, server: OpenAIServer) -> Iterator[BatchBench]:
    made = make_batch_bench(tmp_path, server, batch_api=request.param, batch_size=12)
    yield made
    made.close()


def reasons(bench: BatchBench) -> list[str]:
    with bench.store.database.read() as connection:
        return [str(reason) for reason in connection.scalars(select(calls.c.no_label_reason)) if reason]


def refuse(server: OpenAIServer, texts: list[str], fault: Fault) -> None:
    """At once and in batch jobs."""
    server.text_faults = server.batches.line_faults = dict.fromkeys(texts, fault)


def test_texts_that_are_refused_get_no_label_and_the_round_goes_on(bench: BatchBench, server: OpenAIServer) -> None:
    refuse(server, TEXTS[::5], UNKNOWN)
    bench.work_to_the_end()
    assert bench.project.state is ProjectState.STOPPED
    assert set(bench.call_statuses) == {"answered"}
    assert bench.call_statuses["answered"] == 12
    assert 0 < len(reasons(bench)) < 12
    assert all(UNKNOWN.message in reason for reason in reasons(bench))
    bench.check_books()


@pytest.mark.parametrize("fault", [UNKNOWN, said(422, {"detail": "not to my liking"})], ids=["400", "422"])
def test_a_server_that_refuses_all_fails_the_project_after_a_few_calls(
    bench: BatchBench, server: OpenAIServer, fault: Fault
) -> None:
    refuse(server, TEXTS, fault)
    bench.work_to_the_end()
    assert bench.project.state is ProjectState.FAILED
    assert "not to my liking" in str(bench.project.reason)
    assert server.n_requests < MOST_IN_A_ROW + bench.settings.teacher_concurrency  # some may have begun by then
    assert bench.call_statuses.get("answered", 0) <= MOST_IN_A_ROW - 1
    assert "forfeited" not in bench.call_statuses
    bench.check_books()
