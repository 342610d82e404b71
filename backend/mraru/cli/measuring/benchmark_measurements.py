"""`mraru benchmark calibration`, `stopping`, `warnings` and `teachers`: what the docs say of them, measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.parallel import OnDataSet, measure_all
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.running import check_specs
from mraru.benchmark.replay.replay import Replay, ReplaySpec, replay_rounds
from mraru.benchmark.report.plans import cross
from mraru.benchmark.rules.compared_rules import name_rule
from mraru.benchmark.studies.calibration.calibration_effect import CalibrationEffect, measure_calibration
from mraru.benchmark.studies.calibration.calibration_report import write_calibration_report
from mraru.benchmark.studies.stopping.stopping_effect import (
    N_CHECKED,
    StoppingOutcome,
    find_stops,
    measure_stopping,
    thresholds,
)
from mraru.benchmark.studies.stopping.stopping_report import write_stopping_report
from mraru.benchmark.studies.teachers.teacher_votes import PANELS, VotingOutcome, measure_voting
from mraru.benchmark.studies.teachers.teacher_votes_report import write_voting_report
from mraru.benchmark.studies.warnings.warnings_report import write_warnings_report
from mraru.benchmark.studies.warnings.warnings_seen import WarningsSeen, find_warnings
from mraru.bootstrap.embedder_factory import make_embedder
from mraru.cli.measuring.benchmark_run import BenchmarkOptions, load_data_sets, read_share, typed_command
from mraru.errors import BenchmarkError
from mraru.interfaces import Embedder
from mraru.projects.rounds.seeding_method import SeedingMethod
from mraru.settings import Settings

DEFAULT_BUDGET = 1000  # labels
TRIED: dict[str, float] = {  # where settings turn none on
    "stop_kappa": 0.99,
    "stop_acceptance_rate": 0.1,
    "stop_accuracy": 0.85,
    "stop_gain_per_usd": 5.0,
}

Spec = TypeVar("Spec", bound=OnDataSet)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured(Generic[Result]):
    data_sets: list[DataSet]
    results: list[Result]
    model: str  # that embedded the texts


def run_calibration(
    settings: Settings, options: BenchmarkOptions, *, embedder: Embedder | None = None, console: Console | None = None
) -> list[CalibrationEffect]:
    """Train each student on texts drawn at random, calibrate it, and write a report.

    Args:
        embedder: in place of the settings' model.

    Raises:
        BenchmarkError: no data set is named, one cannot be used, or there is no such student.
        EmbeddingModelMissing: the model cannot be loaded.
    """
    console = _console(console)
    specs = _cross("calibration", options, _base(options, "random"), options.calibrations[:1])
    measured = _measure(settings, options, specs, specs, measure_calibration, embedder, console)
    write_calibration_report(options.out, measured.results, measured.data_sets, measured.model, typed_command())
    _say_written(console, options.out, "calibration")
    return measured.results


def run_stopping(
    settings: Settings, options: BenchmarkOptions, *, embedder: Embedder | None = None, console: Console | None = None
) -> list[StoppingOutcome]:
    """Replay rounds and say where each rule of quality would have ended them; write a report.

    Args and errors are those of `run_calibration`. Rules go by the settings' thresholds, or by `TRIED`.
    """
    console = _console(console)
    base = _base(options, _rule(settings, options))
    specs = _cross("stopping", options, base, options.calibrations[:1])
    replays = [ReplaySpec(run=spec, n_checked=N_CHECKED) for spec in specs]
    measured = _measure(settings, options, specs, replays, measure_stopping, embedder, console)
    if all(threshold is None for threshold in thresholds(settings).values()):
        settings = settings.model_copy(update=TRIED)
    outcomes = find_stops(measured.results, settings)
    write_stopping_report(
        options.out, outcomes, specs[0], settings, measured.data_sets, measured.model, typed_command()
    )
    _say_written(console, options.out, "stopping")
    return outcomes


def run_warnings(
    settings: Settings, options: BenchmarkOptions, *, embedder: Embedder | None = None, console: Console | None = None
) -> list[WarningsSeen]:
    """Replay rounds with teachers that err so often, and say which warnings they give; write a report.

    Args and errors are those of `run_calibration`.
    """
    console = _console(console)
    base = _base(options, _rule(settings, options))
    noisy = [replace(base, noise=read_share(share)) for share in options.noise]
    specs = [spec for changed in noisy for spec in _cross("warnings", options, changed, options.calibrations)]
    replays = [ReplaySpec(run=spec) for spec in specs]
    measured: _Measured[Replay] = _measure(settings, options, specs, replays, replay_rounds, embedder, console)
    seen = find_warnings(measured.results)
    write_warnings_report(options.out, seen, base, measured.data_sets, measured.model, typed_command())
    _say_written(console, options.out, "warnings")
    return seen


def run_teachers(out: Path, n_seeds: int, console: Console | None = None) -> list[VotingOutcome]:
    """Let simulated teachers vote, and both majority and Dawid-Skene decide; write a report."""
    outcomes = [measure_voting(panel, range(n_seeds)) for panel in PANELS]
    write_voting_report(out, outcomes, typed_command())
    _say_written(_console(console), out, "teachers")
    return outcomes


def _base(options: BenchmarkOptions, rule: str) -> RunSpec:
    return RunSpec(
        data_set="",
        student="",
        rule=rule,
        seed=0,
        budget=options.budget or DEFAULT_BUDGET,
        batch_size=options.batch_size,
        seeding=options.seeding,
        noise_kind=options.noise_kind,
    )


def _rule(settings: Settings, options: BenchmarkOptions) -> str:
    return options.rules[0] if options.rules else name_rule(settings)


def _cross(name: str, options: BenchmarkOptions, base: RunSpec, calibrations: Sequence[str]) -> list[RunSpec]:
    if not options.data_sets:
        raise BenchmarkError(f"Name a data set: mraru benchmark {name} bbc-news.")
    if not options.students:
        raise BenchmarkError("Name a student: --students logreg.")
    return [
        spec
        for calibration in calibrations
        for spec in cross(
            replace(base, calibration=calibration),
            [Path(found).stem if found.endswith(".csv") else found for found in options.data_sets],
            options.students,
            [base.rule],
            options.seeds,
        )
    ]


def _measure(
    settings: Settings,
    options: BenchmarkOptions,
    runs: Sequence[RunSpec],
    specs: Sequence[Spec],
    measure: Callable[[Spec, DataSet], Result],
    embedder: Embedder | None,
    console: Console,
) -> _Measured[Result]:
    check_specs(runs)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        data_sets = load_data_sets(
            settings, options, embedder, progress, with_classes=options.seeding is SeedingMethod.ZERO_SHOT
        )
        bar = progress.add_task("runs", total=None)
        results = measure_all(
            measure,
            specs,
            {found.name: found for found in data_sets},
            options.n_jobs,
            on_progress=lambda n_done, n_specs: progress.update(bar, completed=n_done, total=n_specs),
        )
    model = (embedder or make_embedder(settings)).name
    return _Measured(data_sets=data_sets, results=results, model=model)


def _console(console: Console | None) -> Console:
    return console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def _say_written(console: Console, out: Path, name: str) -> None:
    console.print(f"{out / f'{name}.html'}, {name}.md and {name}.json are written.")
