"""A model that uses more than was reserved: the money is booked, the cap is kept, and the project says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.batch_bench import BatchBench, make_batch_bench
from fakes.loop_bench import PROJECT, class_of
from fakes.openai_faults import OddAnswer
from fakes.openai_server import OpenAIServer
from mraru.projects.diagnoses.overrun_warning import WARNING_CODE
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.project_warnings import ProjectWarning

BenchMaker = Callable[..., BatchBench]
THINKING = OddAnswer(usage={"prompt_tokens": 200, "completion_tokens": 5, "total_tokens": 30_205})  # $0.0602


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(class_of) as running:
        yield running


@pytest.fixture
def make(tmp_path: Path, server: OpenAIServer) -> Iterator[BenchMaker]:
    made: list[BatchBench] = []

    def make_one(**options: object) -> BatchBench:
        made.append(make_batch_bench(tmp_path / f"bench-{len(made)}", server, **options))
        return made[-1]

    yield make_one
    for bench in made:
        bench.close()


def warning_of(bench: BatchBench) -> ProjectWarning | None:
    return {warning.code: warning for warning in bench.store.warnings.list_all(PROJECT)}.get(WARNING_CODE)


@pytest.mark.parametrize("max_cost_usd", [0.07, 0.15, 0.25])
def test_the_cap_is_kept_from_the_first_such_call_on(
    make: BenchMaker, server: OpenAIServer, max_cost_usd: float
) -> None:
    server.queue(*[THINKING] * 40)
    bench = make(batch_api=False, max_rounds=None, teacher_concurrency=1, max_calls=100, max_cost_usd=max_cost_usd)
    bench.work_to_the_end()
    spent = bench.store.ledger.spending(PROJECT)
    assert spent.n_calls == server.n_requests >= 1
    assert spent.cost_usd == pytest.approx(0.06021 * server.n_requests, rel=0.001)
    assert spent.cost_usd <= max_cost_usd
    assert bench.project.state is ProjectState.STOPPED
    assert len(bench.store.teacher_labels.list_all(PROJECT)) == server.n_requests  # each paid label is kept


def test_the_project_says_so_in_words_until_the_bound_is_reset(make: BenchMaker, server: OpenAIServer) -> None:
    server.queue(THINKING)
    bench = make(batch_api=False, max_rounds=2, teacher_concurrency=1)
    assert warning_of(bench) is None
    bench.work_to_the_end()
    warning = warning_of(bench)
    assert warning is not None
    factor = bench.store.overruns.list_all()[0].factor
    assert f"A call to m at {server.base_url} used {factor:.1f} times the most that was reserved" in warning.message
    assert "`mraru cost reset-bound m`" in warning.remedy
    assert "MRARU_MAX_COST_USD" in warning.remedy
    bench.restart()  # another process
    bench.work_to_the_end()
    assert warning_of(bench) == warning
    bench.store.overruns.forget("m")
    bench.work_to_the_end()
    assert warning_of(bench) is None


def test_a_batch_job_whose_answers_go_beyond_their_bound_is_booked_whole(
    make: BenchMaker, server: OpenAIServer
) -> None:
    bench = make()
    server.batches.line_faults = {text: THINKING for text in bench.label_studio.tasks.values()}
    bench.work_to_the_end()
    spent = bench.store.ledger.spending(PROJECT)
    assert bench.call_statuses == {"answered": 5}
    assert (spent.prompt_tokens, spent.completion_tokens) == (5 * 200, 5 * 30_005)
    bench.check_books()
    assert warning_of(bench) is not None
    assert len(bench.store.teacher_labels.list_all(PROJECT)) == 5


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": -5, "completion_tokens": -5}, {"prompt_tokens": "9"}])
def test_a_batch_job_whose_answers_are_not_counted_keeps_its_labels(
    make: BenchMaker, server: OpenAIServer, usage: object
) -> None:
    bench = make()
    server.batches.line_faults = {text: OddAnswer(usage=usage) for text in bench.label_studio.tasks.values()}
    bench.work_to_the_end()
    assert bench.call_statuses == {"answered": 5}
    assert 0 < bench.store.ledger.spending(PROJECT).cost_usd < 1.0
    assert warning_of(bench) is None
    assert len(bench.store.teacher_labels.list_all(PROJECT)) == 5
