from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fakes.blobs import make_blobs
from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.results import RunFolder
from mraru.benchmark.core.run_seeding import seed_rows
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.simulated_teacher import LabelTeacher
from mraru.benchmark.studies.seeding.seeding_comparison import SeedingComparison, SeedingOutcome, compare_seeding
from mraru.benchmark.studies.seeding.seeding_report import write_seeding_report
from mraru.errors import BenchmarkError
from mraru.projects.rounds.seeding_method import SeedingMethod

BASE = RunSpec(data_set="", student="logreg", rule="adaptive:0.2", seed=0, batch_size=10)
RESULT = SeedingComparison(
    data_set="trec",
    n_pool=5452,
    n_test=500,
    n_classes=6,
    n_labels=1350,
    zero_shot=SeedingOutcome(
        method=SeedingMethod.ZERO_SHOT, n_calls=(10, 20), accuracy=(0.75, 0.80), balanced_accuracy=(0.7, 0.7)
    ),
    random=SeedingOutcome(
        method=SeedingMethod.RANDOM, n_calls=(1000, 1020), accuracy=(0.80, 0.80), balanced_accuracy=(0.7, 0.7)
    ),
)


@pytest.fixture
def blobs() -> DataSet:
    """Three themes and, as what they are called, the means of their vectors."""
    found = make_blobs()
    means = [found.X[found.y == label].mean(axis=0) for label in found.classes]
    return replace(found, class_vectors=np.stack(means))


def test_both_ways_are_compared_at_the_same_number_of_labels_ten_batches_after_the_costliest_seeding(
    blobs: DataSet, tmp_path: Path
) -> None:
    (found,) = compare_seeding(BASE, [blobs], range(3), RunFolder(tmp_path))

    most = max(found.zero_shot.n_calls + found.random.n_calls)
    assert found.n_labels == 50 * -(-(most + 100) // 50)
    assert (found.data_set, found.n_pool, found.n_test, found.n_classes) == ("blobs", 200, 100, 3)
    for outcome in (found.zero_shot, found.random):
        specs = [replace(BASE, seed=seed, seeding=outcome.method, seeding_limit=None) for seed in range(3)]
        assert list(outcome.n_calls) == [len(seed_rows(spec, LabelTeacher(blobs.y), blobs)) for spec in specs]
        assert len(outcome.accuracy) == len(outcome.balanced_accuracy) == 3
        assert all(0.5 < accuracy <= 1.0 for accuracy in outcome.accuracy)


def test_a_pool_that_ends_before_ten_batches_are_full_is_compared_at_its_end(blobs: DataSet, tmp_path: Path) -> None:
    (found,) = compare_seeding(replace(BASE, batch_size=25), [blobs], [0], RunFolder(tmp_path))

    assert found.n_labels == found.n_pool == 200
    assert found.zero_shot.accuracy == pytest.approx(found.random.accuracy, abs=0.02)  # the same labels in the end


def test_no_limit_ends_a_seeding_before_a_rare_class_is_found(tmp_path: Path) -> None:
    y = np.array(["a", "b"] * 300 + ["c"])
    X = np.eye(3, dtype=np.float32)[np.searchsorted(["a", "b", "c"], y)]
    rare = DataSet(name="rare", X=X, y=y, X_test=X, y_test=y, class_vectors=np.eye(3, dtype=np.float32))
    order = np.random.default_rng([0, 2]).permutation(601).tolist()

    (found,) = compare_seeding(BASE, [rare], [0], RunFolder(tmp_path))

    assert order.index(600) > 200
    assert found.random.n_calls == (4 * -(-(order.index(600) + 1) // 4),)


def test_a_second_start_runs_nothing_again(blobs: DataSet, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    first = compare_seeding(BASE, [blobs], range(2), RunFolder(tmp_path))

    again = compare_seeding(
        BASE, [blobs], range(2), RunFolder(tmp_path), on_progress=lambda n_done, n_runs: steps.append((n_done, n_runs))
    )

    assert again == first
    assert steps == [(4, 4)]


def test_without_the_classes_vectors_nothing_is_run(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="vectors of the classes"):
        compare_seeding(BASE, [make_blobs()], [0], RunFolder(tmp_path))

    assert not list(tmp_path.iterdir())


def test_differences_are_taken_seed_by_seed_and_may_be_negative_or_above_one() -> None:
    assert RESULT.fewer_calls.mean == 995
    assert RESULT.gain.mean == pytest.approx(-0.025)
    assert RESULT.gain.low is not None
    assert RESULT.gain.high is not None
    assert RESULT.gain.low < -0.3 < 0.2 < RESULT.gain.high  # t with one degree of freedom: 12.7 times 0.025
    assert RESULT.random.calls.high is not None
    assert RESULT.random.calls.high > 1100


def test_the_report_holds_the_figures_the_command_and_whose_the_labels_are(tmp_path: Path) -> None:
    write_seeding_report(tmp_path, [RESULT], BASE, "all-MiniLM-L6-v2", "mraru benchmark seeding trec")

    written = json.loads((tmp_path / "seeding.json").read_text())
    (figures,) = written["data_sets"]
    assert written["command"] == "mraru benchmark seeding trec"
    assert written["rule"] == "adaptive:0.2"
    assert figures["zero_shot"]["n_calls"] == [10, 20]
    assert figures["fewer_calls"]["mean"] == 995
    for page in ("seeding.md", "seeding.html"):
        text = (tmp_path / page).read_text()
        for expected in ("mraru benchmark seeding trec", "simulated teacher", "1,010", "1,350", "0.775", "-0.025"):
            assert expected in text


def test_one_seed_alone_has_no_band(tmp_path: Path) -> None:
    alone = replace(
        RESULT,
        zero_shot=replace(RESULT.zero_shot, n_calls=(10,), accuracy=(0.75,), balanced_accuracy=(0.7,)),
        random=replace(RESULT.random, n_calls=(1000,), accuracy=(0.8,), balanced_accuracy=(0.7,)),
    )

    write_seeding_report(tmp_path, [alone], BASE, "all-MiniLM-L6-v2", "mraru benchmark seeding trec")

    assert "| trec | 6 | 10 | 1,000 | 990 |" in (tmp_path / "seeding.md").read_text()
