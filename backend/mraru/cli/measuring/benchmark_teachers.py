"""`mraru benchmark zero-shot` and `teacher-audit`: how good teachers are, and how soon it shows that one is not."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mraru.benchmark.studies.teachers.teacher_audit import AuditOutcome, measure_audits
from mraru.benchmark.studies.teachers.teacher_audit_report import write_audit_report
from mraru.benchmark.studies.teachers.zero_shot_accuracy import ZeroShotOutcome, measure_zero_shot
from mraru.benchmark.studies.teachers.zero_shot_report import write_zero_shot_report
from mraru.bootstrap.embedder_factory import make_embedder
from mraru.cli.measuring.benchmark_run import (
    BenchmarkOptions,
    load_data_sets,
    open_embeddings,
    typed_command,
)
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.errors import BenchmarkError
from mraru.interfaces import Embedder
from mraru.settings import Settings


def run_zero_shot(
    settings: Settings, options: BenchmarkOptions, *, embedder: Embedder | None = None, console: Console | None = None
) -> list[ZeroShotOutcome]:
    """Label data sets with the built-in zero-shot teacher and write a report.

    Args:
        embedder: in place of the settings' model.

    Raises:
        BenchmarkError: no data set is named, or one cannot be used.
        EmbeddingModelMissing: the model cannot be loaded.
    """
    console = console or _console()
    if not options.data_sets:
        raise BenchmarkError("Name a data set: mraru benchmark zero-shot bbc-news.")
    embedder = embedder or make_embedder(settings)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        data_sets = load_data_sets(settings, options, embedder, progress, with_classes=False)
    store = open_embeddings(options)
    try:
        cached = CachedEmbedder(embedder, store.vectors)
        outcomes = [measure_zero_shot(data_set, cached, options.n_seeds) for data_set in data_sets]
    finally:
        store.close()
    write_zero_shot_report(options.out, outcomes, data_sets, embedder.name, typed_command())
    _say_written(console, options.out, "zero-shot")
    return outcomes


def run_teacher_audit(out: Path, n_draws: int, console: Console | None = None) -> list[AuditOutcome]:
    """Audit simulated teachers until they are called weak, or are not, and write a report."""
    outcomes = measure_audits(n_draws)
    write_audit_report(out, outcomes, typed_command())
    _say_written(console or _console(), out, "teacher-audit")
    return outcomes


def _console() -> Console:
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def _say_written(console: Console, out: Path, name: str) -> None:
    console.print(f"{out / f'{name}.html'}, {name}.md and {name}.json are written.")
