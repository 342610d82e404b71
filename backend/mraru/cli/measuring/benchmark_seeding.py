"""`mraru benchmark seeding`: zero-shot against random seeding on labelled data sets."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mraru.benchmark.core.results import RunFolder
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.running import check_specs
from mraru.benchmark.rules.compared_rules import name_rule
from mraru.benchmark.studies.seeding.seeding_comparison import SeedingComparison, compare_seeding
from mraru.benchmark.studies.seeding.seeding_report import write_seeding_report
from mraru.bootstrap.embedder_factory import make_embedder
from mraru.cli.measuring.benchmark_run import BenchmarkOptions, load_data_sets, typed_command
from mraru.errors import BenchmarkError
from mraru.interfaces import Embedder
from mraru.settings import Settings


def run_seeding(
    settings: Settings, options: BenchmarkOptions, *, embedder: Embedder | None = None, console: Console | None = None
) -> list[SeedingComparison]:
    """Seed each data set both ways with the first of the students and the settings' acceptance rule; write a report.

    Args:
        embedder: in place of the settings' model.

    Raises:
        BenchmarkError: no data set is named, one cannot be used, or there is no such student.
        EmbeddingModelMissing: the model cannot be loaded.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not options.data_sets:
        raise BenchmarkError("Name a data set: mraru benchmark seeding bbc-news.")
    if not options.students:
        raise BenchmarkError("Name a student: --students logreg.")
    base = RunSpec(
        data_set="",
        student=options.students[0],
        rule=name_rule(settings),
        seed=0,
        batch_size=options.batch_size,
        retrain_every=options.retrain_every,
    )
    check_specs([base])
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        data_sets = load_data_sets(settings, options, embedder, progress, with_classes=True)
        bar = progress.add_task("runs", total=None)
        comparisons = compare_seeding(
            base,
            data_sets,
            options.seeds,
            RunFolder(options.out / "runs"),
            n_jobs=options.n_jobs,
            on_progress=lambda n_done, n_runs: progress.update(bar, completed=n_done, total=n_runs),
        )
    model = (embedder or make_embedder(settings)).name
    write_seeding_report(options.out, comparisons, base, model, typed_command())
    console.print(f"{options.out / 'seeding.html'}, seeding.md and seeding.json are written.")
    return comparisons
