"""Rounds of a project of 150 labels: the LLM is shown a shortlist, and the rest where nothing on it fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from fakes.many_labels import (
    N_LABELS,
    PRICE,
    SIZE,
    ManyLabelsBench,
    about,
    labels_in,
    make_many_labels_bench,
    odd,
    topics_of,
)
from fakes.openai_server import OpenAIServer
from mraru.records import NONE_SHOWN
from mraru.store.ledger.spending import CallStatus
from mraru.store.tables.project_tables import calls

pytestmark = pytest.mark.slow

PROJECT = 1
TEXTS = [odd(n, n) if n % 5 == 0 else about(n * 37 % N_LABELS, number=n) for n in range(60)]
BenchMaker = Callable[..., ManyLabelsBench]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda text: "") as running:
        yield running


@pytest.fixture
def make(tmp_path: Path, server: OpenAIServer) -> Iterator[BenchMaker]:
    made: list[ManyLabelsBench] = []

    def make_one(**options: object) -> ManyLabelsBench:
        made.append(make_many_labels_bench(tmp_path / f"bench-{len(made)}", server, TEXTS, **options))
        return made[-1]

    yield make_one
    for bench in made:
        bench.close()


def check_labels(bench: ManyLabelsBench) -> int:
    """See that each label is the text's own; returns how many there are."""
    rows = bench.store.teacher_labels.list_all(PROJECT)
    texts = bench.store.tasks.load_texts(PROJECT, [row.text_hash for row in rows])
    assert {row.text_hash: row.label for row in rows} == {name: topics_of(text)[0] for name, text in texts.items()}
    assert {row.prompt_version for row in rows} == {bench.make_llm(bench.project, bench.schema).identity.prompt_version}
    return len(rows)


def check_books(bench: ManyLabelsBench, server: OpenAIServer) -> None:
    """Each request is a call, at what it used; no question was answered twice."""
    with bench.store.database.read() as connection:
        rows = connection.execute(select(calls)).all()
    assert {row.status for row in rows} == {CallStatus.ANSWERED}
    assert len(rows) == server.n_requests + sum(map(len, server.batches.texts))
    assert max(Counter((row.text_hash, row.prompt_version) for row in rows).values()) == 1
    for row in rows:
        full = PRICE.cost_usd(prompt_tokens=row.prompt_tokens, completion_tokens=row.completion_tokens)
        assert row.cost_usd == pytest.approx(full / 2 if row.batch_job_id is not None else full)
    assert bench.store.ledger.spending(PROJECT).cost_usd == pytest.approx(sum(row.cost_usd for row in rows))


def test_seeding_and_a_round_give_each_text_its_label(make: BenchMaker, server: OpenAIServer) -> None:
    bench = make()
    bench.run()
    assert check_labels(bench) == 30
    check_books(bench, server)
    shown = [labels_in(request.body) for request in server.requests]
    n_odd = sum(text.startswith("odd") for text in set(server.texts))
    assert Counter(map(len, shown)) == {SIZE + 1: 30, N_LABELS - SIZE + 1: n_odd}
    assert n_odd


def test_a_cap_on_calls_counts_both_calls_about_a_text(make: BenchMaker, server: OpenAIServer) -> None:
    bench = make(max_calls=17)
    bench.run()
    assert (server.n_requests, bench.store.ledger.spending(PROJECT).n_calls) == (17, 17)
    check_labels(bench)
    check_books(bench, server)


def test_batch_jobs_ask_with_shortlists_and_the_rest_is_asked_at_once(make: BenchMaker, server: OpenAIServer) -> None:
    bench = make(batch_api=True, batch_poll_s=60.0, retrain_after=1000, retrain_delay_s=1e6)
    for _ in range(20):
        for _ in range(60):
            advance = bench.loop.advance()
            if not advance.more:
                break
        if advance.again_at is None:
            break
        bench.clock.now = max(bench.clock.now, advance.again_at)
    assert check_labels(bench) == 30
    check_books(bench, server)
    assert [len(texts) for texts in server.batches.texts] == [10]
    with bench.store.database.read() as connection:
        rows = connection.execute(select(calls).where(calls.c.batch_job_id.is_not(None))).all()
    unfit = [row.text_hash for row in rows if row.no_label_reason == NONE_SHOWN]
    texts = bench.store.tasks.load_texts(PROJECT, [row.text_hash for row in rows])
    assert unfit
    assert sorted(unfit) == sorted(name for name, text in texts.items() if text.startswith("odd"))
