from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.blobs import make_blobs
from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.experiment import RunResult
from mraru.benchmark.core.results import RunFolder
from mraru.benchmark.core.run_spec import Aggregation, Ensemble, NoiseKind, RunSpec
from mraru.benchmark.core.running import run_all
from mraru.errors import BenchmarkError

BASE = RunSpec(data_set="blobs", student="logreg", rule="paper", seed=0, budget=40, batch_size=10)
SPECS = [replace(BASE, rule=rule, seed=seed) for rule in ("random", "paper") for seed in (0, 1)]


@pytest.fixture(scope="module")
def blobs() -> dict[str, DataSet]:
    return {"blobs": make_blobs()}


def untimed(results: list[RunResult]) -> list[RunResult]:
    return [
        replace(result, curve=tuple(replace(point, train_s=0.0, select_s=0.0) for point in result.curve))
        for result in results
    ]


class Interrupted(Exception):
    """The benchmark was stopped."""


def test_a_second_start_runs_only_what_the_first_left(tmp_path: Path, blobs: dict[str, DataSet]) -> None:
    def interrupt(n_done: int, n_runs: int) -> None:
        if n_done == 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        run_all(SPECS, blobs, RunFolder(tmp_path), on_progress=interrupt)
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    progress: list[tuple[int, int]] = []

    run_all(SPECS, blobs, RunFolder(tmp_path), on_progress=lambda *counts: progress.append(counts))

    assert len(kept) == 2
    assert progress == [(2, 4), (3, 4), (4, 4)]
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(list(tmp_path.iterdir())) == 4


def test_a_finished_benchmark_is_read_and_not_run_again(tmp_path: Path, blobs: dict[str, DataSet]) -> None:
    first = run_all(SPECS, blobs, RunFolder(tmp_path))

    assert run_all(SPECS, {}, RunFolder(tmp_path)) == first


def test_a_damaged_file_is_run_again(tmp_path: Path, blobs: dict[str, DataSet]) -> None:
    (first,) = run_all(SPECS[:1], blobs, RunFolder(tmp_path))
    (path,) = tmp_path.iterdir()
    path.write_text(path.read_text()[:100])

    assert untimed(run_all(SPECS[:1], blobs, RunFolder(tmp_path))) == untimed([first])
    assert json.loads(path.read_text())["spec"]["seed"] == 0


def test_other_data_of_the_same_name_are_not_taken_for_these(blobs: dict[str, DataSet]) -> None:
    assert make_blobs(spread=0.5).fingerprint != blobs["blobs"].fingerprint == make_blobs().fingerprint
    assert replace(BASE, fingerprint="a").key != replace(BASE, fingerprint="b").key


@pytest.mark.slow
def test_processes_give_what_one_alone_gives(tmp_path: Path, blobs: dict[str, DataSet]) -> None:
    alone = run_all(SPECS, blobs, RunFolder(tmp_path / "alone"))
    together = run_all(SPECS, blobs, RunFolder(tmp_path / "together"), n_jobs=2)

    assert untimed(together) == untimed(alone)


def test_a_result_is_read_as_it_was_written(tmp_path: Path, blobs: dict[str, DataSet]) -> None:
    spec = replace(
        BASE,
        noise=0.1,
        noise_kind=NoiseKind.CLASS,
        ensemble=Ensemble(n_teachers=2, accuracy=0.8, aggregation=Aggregation.MAJORITY),
    )

    (result,) = run_all([spec], blobs, RunFolder(tmp_path))

    assert RunFolder(tmp_path).load(spec) == result


def test_a_rule_that_does_not_exist_stops_the_benchmark_before_anything_runs(
    tmp_path: Path, blobs: dict[str, DataSet]
) -> None:
    with pytest.raises(BenchmarkError, match="no rule 'guess'"):
        run_all([*SPECS, replace(BASE, rule="guess")], blobs, RunFolder(tmp_path))

    assert not list(tmp_path.iterdir())
