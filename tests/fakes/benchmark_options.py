"""What `mraru benchmark` was asked for, but for what a test says otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mraru.benchmark.core.run_spec import Aggregation, NoiseKind
from mraru.cli.measuring.benchmark_run import BenchmarkOptions
from mraru.projects.rounds.seeding_method import SeedingMethod

_PLAIN = BenchmarkOptions(
    data_sets=("mine.csv",),
    is_paper=False,
    data=None,
    students=("logreg",),
    rules=("random", "paper"),
    budget=None,
    batch_size=25,
    retrain_every=1,
    n_seeds=2,
    calibrations=("none",),
    noise=("0",),
    noise_kind=NoiseKind.UNIFORM,
    n_teachers=0,
    teacher_accuracy=0.7,
    aggregation=Aggregation.MAJORITY,
    n_jobs=1,
    seeding=SeedingMethod.RANDOM,
    out=Path("out"),
    embeddings=None,
)


def make_options(**changes: object) -> BenchmarkOptions:
    """Two seeds of logistic regression on mine.csv, in the folder where the test works."""
    return replace(_PLAIN, **changes)  # type: ignore[arg-type]
