"""Zero-shot against random seeding: what each costs in calls, and what its labels are worth some batches later."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.experiment import RunResult
from mraru.benchmark.core.results import RunFolder
from mraru.benchmark.core.run_seeding import seed_rows
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.running import run_all
from mraru.benchmark.core.simulated_teacher import make_simulated_teacher
from mraru.benchmark.report.seed_curves import Estimate, estimate
from mraru.projects.rounds.seeding_method import SeedingMethod

BATCHES_LATER = 10  # after which accuracy is compared
ROUNDED_TO = 50  # labels


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedingOutcome:
    """One way of seeding on one data set; all sequences by seed."""

    method: SeedingMethod
    n_calls: tuple[int, ...]  # until each class had a label
    accuracy: tuple[float, ...]  # of the student at `SeedingComparison.n_labels`, on the texts held out
    balanced_accuracy: tuple[float, ...]

    @property
    def calls(self) -> Estimate:
        return estimate(self.n_calls, most=math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedingComparison:
    """Both ways of seeding on one data set."""

    data_set: str
    n_pool: int  # texts to choose from
    n_test: int  # texts held out
    n_classes: int
    n_labels: int  # at which accuracy is compared, the same for both
    zero_shot: SeedingOutcome
    random: SeedingOutcome

    @property
    def fewer_calls(self) -> Estimate:
        """Calls that zero-shot seeding saves, seed by seed; below 0 it takes more."""
        pairs = zip(self.random.n_calls, self.zero_shot.n_calls, strict=True)
        return estimate([random - zero_shot for random, zero_shot in pairs], least=-math.inf, most=math.inf)

    @property
    def gain(self) -> Estimate:
        """Accuracy after zero-shot seeding less that after random seeding, seed by seed."""
        pairs = zip(self.zero_shot.accuracy, self.random.accuracy, strict=True)
        return estimate([zero_shot - random for zero_shot, random in pairs], least=-1.0)


def compare_seeding(
    base: RunSpec,
    data_sets: Sequence[DataSet],
    seeds: Sequence[int],
    folder: RunFolder,
    *,
    n_jobs: int = 1,
    on_progress: Callable[[int, int], None] = lambda n_done, n_runs: None,
) -> list[SeedingComparison]:
    """Seed both ways without a limit, then go on with the same rule up to the same number of labels.

    That number is what the costliest seeding of a data set took and ten batches more, rounded up.

    Args:
        base: student, rule and batch size.
        data_sets: with vectors of their classes.

    Raises:
        BenchmarkError: the student or rule does not exist, or a data set cannot be seeded.
    """
    plans = [_plan(base, found, seeds) for found in data_sets]
    specs = [spec for plan in plans for of_method in plan.values() for spec in of_method]
    by_name = {found.name: found for found in data_sets}
    found = dict(zip(specs, run_all(specs, by_name, folder, n_jobs=n_jobs, on_progress=on_progress), strict=True))
    return [_compare({method: [found[s] for s in specs] for method, specs in plan.items()}) for plan in plans]


def _plan(base: RunSpec, data_set: DataSet, seeds: Sequence[int]) -> dict[SeedingMethod, list[RunSpec]]:
    base = replace(base, data_set=data_set.name, fingerprint=data_set.fingerprint, budget=None, seeding_limit=None)
    specs = {
        method: [replace(base, seed=seed, seeding=method) for seed in seeds]
        for method in (SeedingMethod.ZERO_SHOT, SeedingMethod.RANDOM)
    }
    most = max(
        len(seed_rows(spec, make_simulated_teacher(spec, data_set), data_set))
        for of_method in specs.values()
        for spec in of_method
    )
    budget = ROUNDED_TO * math.ceil((most + BATCHES_LATER * base.batch_size) / ROUNDED_TO)
    return {
        method: [replace(spec, budget=min(budget, len(data_set.y))) for spec in of_method]
        for method, of_method in specs.items()
    }


def _compare(results: Mapping[SeedingMethod, Sequence[RunResult]]) -> SeedingComparison:
    first = results[SeedingMethod.RANDOM][0]
    return SeedingComparison(
        data_set=first.spec.data_set,
        n_pool=first.n_pool,
        n_test=first.n_test,
        n_classes=first.n_classes,
        n_labels=first.curve[-1].n_labels,
        zero_shot=_outcome(SeedingMethod.ZERO_SHOT, results[SeedingMethod.ZERO_SHOT]),
        random=_outcome(SeedingMethod.RANDOM, results[SeedingMethod.RANDOM]),
    )


def _outcome(method: SeedingMethod, runs: Sequence[RunResult]) -> SeedingOutcome:
    return SeedingOutcome(
        method=method,
        n_calls=tuple(run.curve[0].n_labels for run in runs),
        accuracy=tuple(run.curve[-1].accuracy for run in runs),
        balanced_accuracy=tuple(run.curve[-1].balanced_accuracy for run in runs),
    )
