"""`mraru benchmark final-labels`: whether the final labels are right as often as their scores say."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mraru.benchmark.core.parallel import measure_all
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.running import check_specs
from mraru.benchmark.rules.compared_rules import name_rule
from mraru.benchmark.studies.final_labels.final_label_quality import (
    FinalLabelFigures,
    measure_final_labels,
    plan_final_labels,
)
from mraru.benchmark.studies.final_labels.final_labels_report import write_final_labels_report
from mraru.bootstrap.embedder_factory import make_embedder
from mraru.cli.measuring.benchmark_run import BenchmarkOptions, load_data_sets, typed_command
from mraru.errors import BenchmarkError
from mraru.interfaces import Embedder
from mraru.settings import Settings

ACCURACIES = (0.58, 0.8, 0.9, 1.0)  # of the simulated teachers


def run_final_labels(
    settings: Settings, options: BenchmarkOptions, *, embedder: Embedder | None = None, console: Console | None = None
) -> list[list[FinalLabelFigures]]:
    """Judge whole corpora with teachers of every kind, with and without an audit; write a report.

    Args:
        embedder: in place of the settings' model.

    Raises:
        BenchmarkError: no data set is named, one cannot be used, or there is no such student.
        EmbeddingModelMissing: the model cannot be loaded.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not options.data_sets:
        raise BenchmarkError("Name a data set: mraru benchmark final-labels bbc-news.")
    if len(options.students) != 1:
        raise BenchmarkError("Name one student: --students logreg.")
    base = RunSpec(
        data_set="",
        student=options.students[0],
        rule=options.rules[0] if options.rules else name_rule(settings),
        seed=0,
        batch_size=options.batch_size,
        retrain_every=options.retrain_every,
        calibration=options.calibrations[0],
    )
    check_specs([base])
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        data_sets = load_data_sets(settings, options, embedder, progress, with_classes=False, with_zero_shot=True)
        specs = plan_final_labels(base, data_sets, ACCURACIES, options.seeds)
        bar = progress.add_task("runs", total=None)
        results: Sequence[list[FinalLabelFigures]] = measure_all(
            measure_final_labels,
            specs,
            {found.name: found for found in data_sets},
            options.n_jobs,
            on_progress=lambda n_done, n_specs: progress.update(bar, completed=n_done, total=n_specs),
        )
    model = (embedder or make_embedder(settings)).name
    write_final_labels_report(options.out, specs, results, data_sets, model, typed_command())
    console.print(f"{options.out / 'final-labels.html'}, final-labels.md and final-labels.json are written.")
    return list(results)
