"""A person's pause while a batch job is under way: its answers are paid and kept, and no other is begun."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.batch_bench import BatchBench, make_batch_bench
from fakes.loop_bench import PROJECT, class_of
from fakes.openai_faults import OddAnswer
from fakes.openai_server import OpenAIServer
from mraru.projects.round_controls import pause_rounds, start_rounds
from mraru.store.projects.project_repository import PAUSED_BY_PERSON, ProgressPhase, ProjectState


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(class_of) as running:
        yield running


@pytest.fixture
def bench(tmp_path: Path, server: OpenAIServer) -> Iterator[BatchBench]:
    made = make_batch_bench(tmp_path, server, max_rounds=2)
    yield made
    made.close()


def test_a_job_under_way_is_collected_during_a_pause_and_none_follows_it(
    bench: BatchBench, server: OpenAIServer
) -> None:
    server.batches.is_held = True
    bench.work()
    pause_rounds(bench.store, PROJECT)
    bench.work()
    assert (bench.project.state, bench.project.reason) == (ProjectState.PAUSED, PAUSED_BY_PERSON)
    assert bench.project.phase is ProgressPhase.WAITING
    server.batches.is_held = False
    server.batches.line_faults[server.batches.texts[0][0]] = OddAnswer(content="politics")
    for _ in range(3):
        bench.clock.advance(61.0)
        bench.work()
    assert bench.call_statuses == {"answered": 5}
    assert (len(server.batches.jobs), server.n_requests) == (1, 0)  # a wrong answer is not asked again either
    assert bench.project.state is ProjectState.PAUSED
    start_rounds(bench.store, PROJECT, 10)
    bench.work_to_the_end()
    assert len(bench.store.teacher_labels.list_all(PROJECT)) == 10
    assert (len(server.batches.jobs), server.n_requests) == (2, 0)
    bench.check_books()


def test_a_pause_just_before_a_job_would_begin_keeps_it_from_being_begun(
    bench: BatchBench, server: OpenAIServer
) -> None:
    should_stop = bench.loop._factory.should_stop

    def pause_and_look() -> bool:
        pause_rounds(bench.store, PROJECT)
        return should_stop()

    bench.loop._factory.should_stop = pause_and_look  # type: ignore[method-assign]
    bench.work()
    assert (len(server.batches.jobs), server.n_requests) == (0, 0)
    assert bench.store.ledger.spending(PROJECT).n_calls == 0
    assert (bench.project.state, bench.project.reason) == (ProjectState.PAUSED, PAUSED_BY_PERSON)
