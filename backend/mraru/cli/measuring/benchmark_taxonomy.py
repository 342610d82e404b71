"""`mraru benchmark taxonomy` and `questions`: what is measured on labels that are paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.studies.questions.question_projects import QuestionOutcome, measure_questions
from mraru.benchmark.studies.questions.question_report import write_question_report
from mraru.benchmark.studies.taxonomy.level_report import write_level_report
from mraru.benchmark.studies.taxonomy.level_students import LevelOutcome, measure_levels
from mraru.bootstrap.embedder_factory import make_embedder
from mraru.cli.measuring.benchmark_run import BenchmarkOptions, load_data_sets, typed_command
from mraru.errors import BenchmarkError
from mraru.interfaces import Embedder
from mraru.settings import Settings

Outcome = TypeVar("Outcome")


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
    return _run("taxonomy", settings, options, stages, embedder, console, measure_levels, write_level_report)


def run_questions(
    settings: Settings,
    options: BenchmarkOptions,
    *,
    stages: str,
    embedder: Embedder | None = None,
    console: Console | None = None,
) -> list[QuestionOutcome]:
    """Ask about both parts of paths, in one project and in two, and write a report.

    Args and errors are those of `run_taxonomy`.
    """
    return _run("questions", settings, options, stages, embedder, console, measure_questions, write_question_report)


def _run(
    name: str,
    settings: Settings,
    options: BenchmarkOptions,
    stages: str,
    embedder: Embedder | None,
    console: Console | None,
    measure: Callable[[DataSet, Sequence[RunSpec]], list[Outcome]],
    write: Callable[[Path, Sequence[Outcome], Sequence[DataSet], str, str], None],
) -> list[Outcome]:
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not options.data_sets:
        raise BenchmarkError(f"Name a data set whose labels are paths: mraru benchmark {name} trec-fine --data FOLDER.")
    try:
        budgets = [int(stage) for stage in stages.split(",")]
    except ValueError as exc:
        raise BenchmarkError(f"--labels must be numbers separated by commas, not '{stages}'.") from exc
    embedder = embedder or make_embedder(settings)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        data_sets = load_data_sets(settings, options, embedder, progress, with_classes=False)
    rule = next(iter(options.rules), settings.acceptance_rule)
    outcomes = [
        outcome
        for data_set in data_sets
        for student in options.students
        for budget in budgets
        for outcome in measure(
            data_set,
            [
                RunSpec(
                    data_set=data_set.name,
                    student=student,
                    rule=rule,
                    budget=budget,
                    batch_size=options.batch_size,
                    seed=options.first_seed + seed,
                )
                for seed in range(options.n_seeds)
            ],
        )
    ]
    write(options.out, outcomes, data_sets, embedder.name, typed_command())
    console.print(f"{options.out / name}.html, {name}.md and {name}.json are written.")
    return outcomes
