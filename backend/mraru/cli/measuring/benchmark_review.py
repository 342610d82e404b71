"""`mraru benchmark review`: which order of review finds the labels that a teacher got wrong."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.run_students import NO_CALIBRATION
from mraru.benchmark.core.running import check_specs
from mraru.benchmark.rules.compared_rules import name_rule
from mraru.benchmark.studies.review_order.review_comparison import ReviewOutcome, compare_review_orders
from mraru.benchmark.studies.review_order.review_report import write_review_report
from mraru.bootstrap.embedder_factory import make_embedder
from mraru.cli.measuring.benchmark_run import BenchmarkOptions, load_data_sets, read_share, typed_command
from mraru.errors import BenchmarkError
from mraru.interfaces import Embedder
from mraru.settings import Settings


def run_review(
    settings: Settings,
    options: BenchmarkOptions,
    stages: str,
    *,
    embedder: Embedder | None = None,
    console: Console | None = None,
) -> list[ReviewOutcome]:
    """Review labels of which a share is wrong, with each student and the settings' acceptance rule; write a report.

    Args:
        stages: numbers of labels, separated by commas.
        embedder: in place of the settings' model.

    Raises:
        BenchmarkError: an option is wrong, or a data set cannot be used.
        EmbeddingModelMissing: the model cannot be loaded.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not options.data_sets:
        raise BenchmarkError("Name a data set: mraru benchmark review bbc-news.")
    if not options.students:
        raise BenchmarkError("Name a student: --students logreg.")
    n_labels = _read_stages(stages)
    calibration = options.calibrations[0] if options.calibrations else NO_CALIBRATION
    base = RunSpec(
        data_set="",
        student=options.students[0],
        rule=name_rule(settings),
        seed=0,
        batch_size=options.batch_size,
        retrain_every=options.retrain_every,
        calibration=calibration,
    )
    check_specs([RunSpec(data_set="", student=student, rule=base.rule, seed=0) for student in options.students])
    check_specs([base])
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        data_sets = load_data_sets(settings, options, embedder, progress, with_classes=False)
        bar = progress.add_task("runs", total=None)
        outcomes = compare_review_orders(
            base,
            options.students,
            data_sets,
            [read_share(share) for share in options.noise],
            n_labels,
            options.seeds,
            on_progress=lambda n_done, n_runs: progress.update(bar, completed=n_done, total=n_runs),
        )
    model = (embedder or make_embedder(settings)).name
    write_review_report(options.out, outcomes, base, model, typed_command())
    console.print(f"{options.out / 'review.html'}, review.md and review.json are written.")
    return outcomes


def _read_stages(given: str) -> list[int]:
    try:
        stages = sorted({int(number) for number in given.split(",")})
    except ValueError as exc:
        raise BenchmarkError(f"--labels takes numbers such as 100,250,1000, not '{given}'.") from exc
    if stages[0] < 2:
        raise BenchmarkError(f"--labels takes numbers of at least two labels, not {stages[0]}.")
    return stages
