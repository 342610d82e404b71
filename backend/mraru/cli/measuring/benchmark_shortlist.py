"""`mraru benchmark shortlist`: how often a text's own label is among those nearest to it."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mraru.benchmark.studies.shortlists.shortlist_recall import ShortlistOutcome, measure_shortlists, sample_texts
from mraru.benchmark.studies.shortlists.shortlist_report import write_shortlist_report
from mraru.bootstrap.embedder_factory import make_embedder
from mraru.cli.measuring.benchmark_run import BenchmarkOptions, load_data_sets, typed_command
from mraru.errors import BenchmarkError
from mraru.interfaces import Embedder
from mraru.settings import Settings


def run_shortlist(
    settings: Settings,
    options: BenchmarkOptions,
    *,
    sizes: str,
    stages: str,
    embedder: Embedder | None = None,
    console: Console | None = None,
) -> list[ShortlistOutcome]:
    """Rank labels for the texts of data sets, or of a sample of each, and write a report.

    Args:
        sizes: of shortlists, separated by commas.
        stages: labelled texts of each label, separated by commas.
        embedder: in place of the settings' model.

    Raises:
        BenchmarkError: no data set is named, or one cannot be used.
        EmbeddingModelMissing: the model cannot be loaded.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not options.data_sets:
        raise BenchmarkError("Name a data set: mraru benchmark shortlist banking77 --data FOLDER.")
    try:
        shown, examples = ([int(number) for number in given.split(",")] for given in (sizes, stages))
    except ValueError as exc:
        raise BenchmarkError(f"--sizes and --labels must be numbers separated by commas: {sizes}; {stages}.") from exc
    embedder = embedder or make_embedder(settings)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        data_sets = load_data_sets(settings, options, embedder, progress, with_classes=True, sample=sample_texts)
    outcomes = [
        outcome for data_set in data_sets for outcome in measure_shortlists(data_set, shown, examples, options.seeds)
    ]
    write_shortlist_report(options.out, outcomes, data_sets, embedder.name, typed_command())
    console.print(f"{options.out / 'shortlist.html'}, shortlist.md and shortlist.json are written.")
    return outcomes
