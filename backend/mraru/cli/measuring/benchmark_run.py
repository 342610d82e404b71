"""`mraru benchmark`: students and rules compared on labelled data sets."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mraru.benchmark.core.data_sets import DataSet, LabelledTexts, as_data_set, load_texts
from mraru.benchmark.core.results import RunFolder
from mraru.benchmark.core.run_spec import Aggregation, Ensemble, NoiseKind, RunSpec
from mraru.benchmark.core.running import check_specs, run_all
from mraru.benchmark.report.benchmark_report import Report
from mraru.benchmark.report.paper_plan import plan_paper
from mraru.benchmark.report.plans import Plan, plan_comparison
from mraru.benchmark.report.svg_charts import check_charts
from mraru.benchmark.studies.speed.memory import measure_memory
from mraru.benchmark.studies.speed.speed import measure_speed
from mraru.benchmark.studies.speed.speed_report import write_speed_report
from mraru.bootstrap.embedder_factory import make_embedder
from mraru.demo.sample_texts import load_bbc_news
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.errors import BenchmarkError
from mraru.interfaces import Embedder
from mraru.projects.rounds.seeding_method import SeedingMethod
from mraru.settings import Settings
from mraru.store.store import Store, open_store

BBC_NEWS = "bbc-news"
N_EMBEDDED = 300  # texts on which embedding is timed


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkOptions:
    """What the command line asks for."""

    data_sets: tuple[str, ...]
    is_paper: bool
    data: Path | None
    students: tuple[str, ...]
    rules: tuple[str, ...]
    budget: int | None
    batch_size: int
    retrain_every: int
    n_seeds: int
    calibrations: tuple[str, ...]
    noise: tuple[str, ...]
    noise_kind: NoiseKind
    n_teachers: int
    teacher_accuracy: float
    aggregation: Aggregation
    n_jobs: int
    seeding: SeedingMethod
    out: Path
    embeddings: Path | None
    pool_end: bool = False
    first_seed: int = 0

    @property
    def seeds(self) -> range:
        """Of the runs of each curve."""
        return range(self.first_seed, self.first_seed + self.n_seeds)


def run_benchmark(
    settings: Settings, options: BenchmarkOptions, *, embedder: Embedder | None = None, console: Console | None = None
) -> Report:
    """Measure what the options say and write the report into their folder.

    Args:
        embedder: in place of the settings' model.

    Raises:
        BenchmarkError: an option is wrong, a data set cannot be used, or the extra is not installed.
        EmbeddingModelMissing: the model cannot be loaded.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not options.data_sets:
        raise BenchmarkError("Name a data set: mraru benchmark paper --on bbc-news.")
    check_charts()
    plan = _make_plan(options, dict.fromkeys(options.data_sets, ""))
    check_specs(plan.specs)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        data_sets = load_data_sets(
            settings, options, embedder, progress, with_classes=options.seeding is SeedingMethod.ZERO_SHOT
        )
        plan = _make_plan(options, {found.name: found.fingerprint for found in data_sets})
        bar = progress.add_task("runs", total=None)
        results = run_all(
            plan.specs,
            {found.name: found for found in data_sets},
            RunFolder(options.out / "runs"),
            n_jobs=options.n_jobs,
            on_progress=lambda n_done, n_runs: progress.update(bar, completed=n_done, total=n_runs),
        )
    report = Report(
        plan=plan,
        results=dict(zip(plan.specs, results, strict=True)),
        data_sets={found.name: found for found in data_sets},
    )
    report.write(options.out)
    console.print(f"{options.out / 'report.html'}, report.md, results.csv and results.json are written.")
    return report


def run_speed(settings: Settings, out: Path, rule: str, console: Console | None = None) -> None:
    """Time one batch on pools of growing size and against other libraries; write speed.md, .html and .json.

    Raises:
        DemoError: the sample texts, on which embedding is timed, are not installed.
        EmbeddingModelMissing: the model cannot be loaded.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    texts = load_bbc_news().texts[:N_EMBEDDED]
    with console.status("timing batches"):
        speed = measure_speed(rule, make_embedder(settings), texts)
    with console.status("measuring memory"):
        memory = measure_memory(rule)
    write_speed_report(out, speed, memory, typed_command())
    console.print(f"{out / 'speed.html'}, speed.md and speed.json are written.")


def load_data_sets(
    settings: Settings,
    options: BenchmarkOptions,
    embedder: Embedder | None,
    progress: Progress,
    *,
    with_classes: bool,
    with_zero_shot: bool = False,
    sample: Callable[[LabelledTexts], LabelledTexts] = lambda labelled: labelled,
) -> list[DataSet]:
    """Read and embed the data sets; what the options' folder of embeddings holds is not embedded again.

    Args:
        with_classes: embed what the classes are called as well.
        with_zero_shot: have the built-in zero-shot teacher label the texts.
        sample: which of the texts are embedded.

    Raises:
        BenchmarkError: one cannot be used.
        EmbeddingModelMissing: the model cannot be loaded.
    """
    texts = [sample(load_texts(name, options.data, {BBC_NEWS: _bbc_news})) for name in options.data_sets]
    store = open_embeddings(options)
    cached = CachedEmbedder(embedder or make_embedder(settings), store.vectors)
    try:
        found = []
        for labelled in texts:
            bar = progress.add_task(f"embedding {labelled.name}", total=None)
            found.append(
                as_data_set(
                    labelled,
                    lambda part, bar=bar: cached.embed(  # type: ignore[misc]
                        part, lambda n_done, n_texts: progress.update(bar, completed=n_done, total=n_texts)
                    ),
                    with_classes=with_classes,
                    with_zero_shot=with_zero_shot,
                )
            )
            progress.remove_task(bar)
        return found
    finally:
        store.close()


def _make_plan(options: BenchmarkOptions, fingerprints: dict[str, str]) -> Plan:
    """The runs that the options ask for; `fingerprints` are by the data sets' names."""
    base = RunSpec(
        data_set="",
        student="",
        rule="",
        seed=0,
        budget=options.budget,
        batch_size=options.batch_size,
        retrain_every=options.retrain_every,
        seeding=options.seeding,
        noise_kind=options.noise_kind,
        ensemble=_ensemble(options),
    )
    seeds = options.seeds
    names = list(fingerprints)
    if options.is_paper:
        calibrations = [name for name in options.calibrations if name != "none"]
        plan = plan_paper(
            base,
            names,
            options.students,
            [rule for rule in options.rules if rule not in ("random", "exhaustive-margin")],
            seeds,
            typed_command(),
            calibrations[0] if calibrations else None,
        )
    else:
        bases = [
            replace(base, calibration=calibration, noise=noise)
            for calibration in options.calibrations
            for noise in map(read_share, options.noise)
        ]
        plan = plan_comparison(
            bases, names, options.students, options.rules, seeds, typed_command(), pool_end=options.pool_end
        )
    return plan.with_fingerprints(fingerprints)


def typed_command() -> str:
    """What was typed, for the report to say."""
    return shlex.join(["mraru", *sys.argv[1:]])


def open_embeddings(options: BenchmarkOptions) -> Store:
    """Where the vectors of embedded texts are kept; the caller closes it."""
    return open_store((options.embeddings or options.out / "embeddings") / "embeddings.sqlite3")


def _ensemble(options: BenchmarkOptions) -> Ensemble | None:
    if not options.n_teachers:
        return None
    return Ensemble(n_teachers=options.n_teachers, accuracy=options.teacher_accuracy, aggregation=options.aggregation)


def read_share(given: str) -> float:
    """A share of wrong labels, as typed.

    Raises:
        BenchmarkError: it is no number.
    """
    try:
        return float(given)
    except ValueError as exc:
        raise BenchmarkError(f"--noise takes shares such as 0,0.1,0.3, not '{given}'.") from exc


def _bbc_news() -> tuple[Sequence[str], Sequence[str]]:
    loaded = load_bbc_news()
    return loaded.texts, loaded.truth or ()
