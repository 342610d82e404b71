"""`mraru benchmark taxonomy`: whether a student of paths learns them at once, or a level at a time."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.studies.taxonomy.level_report import write_level_report
from mraru.benchmark.studies.taxonomy.level_students import LevelOutcome, measure_levels
from mraru.bootstrap.embedder_factory import make_embedder
from mraru.cli.measuring.benchmark_run import BenchmarkOptions, load_data_sets, typed_command
from mraru.errors import BenchmarkError
from mraru.interfaces import Embedder
from mraru.settings import Settings


def run_taxonomy(
    settings: Settings,
    options: BenchmarkOptions,
    *,
    stages: str,
    embedder: Embedder | None = None,
    console: Console | None = None,
) -> list[LevelOutcome]:
    """Train students of paths both ways and write a report.

    Args:
        stages: numbers of labels, separated by commas.
        embedder: in place of the settings' model.

    Raises:
        BenchmarkError: no data set is named, or one cannot be used.
        EmbeddingModelMissing: the model cannot be loaded.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not options.data_sets:
        raise BenchmarkError(
            "Name a data set whose labels are paths: mraru benchmark taxonomy trec-fine --data FOLDER."
        )
    try:
        budgets = [int(stage) for stage in stages.split(",")]
    except ValueError as exc:
        raise BenchmarkError(f"--labels must be numbers separated by commas, not '{stages}'.") from exc
    embedder = embedder or make_embedder(settings)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        data_sets = load_data_sets(settings, options, embedder, progress, with_classes=False)
    outcomes = [
        outcome
        for data_set in data_sets
        for student in options.students
        for budget in budgets
        for outcome in measure_levels(
            data_set,
            [
                RunSpec(
                    data_set=data_set.name,
                    student=student,
                    rule="random",
                    budget=budget,
                    seed=options.first_seed + seed,
                )
                for seed in range(options.n_seeds)
            ],
        )
    ]
    write_level_report(options.out, outcomes, data_sets, embedder.name, typed_command())
    console.print(f"{options.out / 'taxonomy.html'}, taxonomy.md and taxonomy.json are written.")
    return outcomes
