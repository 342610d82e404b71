from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fakes.embedders import CountingEmbedder
from mraru.benchmark.studies.speed.memory import MemoryUse, measure_memory
from mraru.benchmark.studies.speed.speed import SpeedResult, Timing, measure_speed
from mraru.benchmark.studies.speed.speed_report import write_speed_report
from mraru.benchmark.studies.speed.synthetic import HashedEmbedder, HashedPool, hashed_vectors
from mraru.errors import BenchmarkError

RESULT = SpeedResult(
    by_size=(
        Timing(rule="paper", n_rows=10**4, seconds=0.002, n_scored=50),
        Timing(rule="paper", n_rows=10**8, seconds=0.003, n_scored=50),
    ),
    ready=(
        Timing(rule="paper", n_rows=10**6, seconds=0.002, n_scored=50),
        Timing(rule="exhaustive-margin", n_rows=10**6, seconds=2.0, n_scored=10**6),
    ),
    missing=("small-text is not installed: pip install it.",),
    embedding_s=0.01,
    n_embedded=300,
)


@pytest.fixture(scope="module")
def measured() -> SpeedResult:
    return measure_speed("paper", CountingEmbedder(), ["a", "b"] * 40, sizes=(10**4, 10**8), n_ready=2000, n_repeats=3)


def test_a_batch_from_a_hundred_million_rows_scores_no_more_than_one_from_ten_thousand(measured: SpeedResult) -> None:
    small, large = measured.by_size

    assert (small.n_rows, large.n_rows) == (10**4, 10**8)
    assert 25 <= large.n_scored <= 1.5 * small.n_scored < 200


def test_those_who_score_everything_score_everything(measured: SpeedResult) -> None:
    everything = {timing.rule: timing.n_scored for timing in measured.ready[1:]}

    assert everything["exhaustive-margin"] == 2000
    assert set(everything.values()) == {2000}
    assert len(everything) + len(measured.missing) == 4


def test_the_embedding_is_measured_on_every_text_a_batch_at_a_time() -> None:
    embedder = CountingEmbedder()

    measure_speed("paper", embedder, ["a"] * 60, sizes=(10**4,), n_ready=100, n_repeats=1)

    assert [len(call) for call in embedder.calls] == [25, 25, 25, 10]


def test_without_a_text_there_is_nothing_to_measure_embedding_on() -> None:
    with pytest.raises(BenchmarkError):
        measure_speed("paper", CountingEmbedder(), [], sizes=(10**4,), n_ready=100, n_repeats=1)


def test_ratios_are_to_the_rule_on_the_same_vectors() -> None:
    assert RESULT.spread == pytest.approx(1.5)
    assert RESULT.ratio(RESULT.ready[1], embedded=False) == pytest.approx(1000)
    assert RESULT.ratio(RESULT.ready[1], embedded=True) == pytest.approx((2 + 10**4) / (0.002 + 0.5))


def test_the_report_holds_the_figures_and_the_command(tmp_path: Path) -> None:
    write_speed_report(
        tmp_path, RESULT, [MemoryUse(n_tasks=10**6, n_visited=10**4, mebibytes=12.5)], "mraru benchmark speed"
    )

    written = json.loads((tmp_path / "speed.json").read_text())
    assert written["ratios"]["exhaustive-margin"] == pytest.approx(1000)
    assert written["memory"][0]["mebibytes"] == 12.5
    for page in ("speed.md", "speed.html"):
        text = (tmp_path / page).read_text()
        assert "mraru benchmark speed" in text
        assert "small-text is not installed" in text
        assert "1.50" in text
        assert "12.5" in text


def test_a_vector_depends_on_its_position_alone() -> None:
    many = hashed_vectors(np.arange(1000))

    assert HashedPool(10**8).embed(np.array([17])).tolist() == many[[17]].tolist()
    assert HashedEmbedder().embed(["text 17"]).tolist() == many[[17]].tolist()
    assert np.linalg.norm(many, axis=1) == pytest.approx(np.ones(1000), abs=1e-5)
    assert abs(float((many[:-1] * many[1:]).sum(axis=1).mean())) < 0.02  # neighbours have nothing in common


@pytest.mark.slow
def test_memory_is_measured_while_batches_are_chosen() -> None:
    (use,) = measure_memory("paper", n_tasks=(2000,), n_visited=100)

    assert use.n_tasks == 2000
    assert 100 <= use.n_visited < 400
    assert 0.0 <= use.mebibytes < 200
