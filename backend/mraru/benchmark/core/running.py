"""Many runs, in several processes, each kept as soon as it is finished."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.experiment import RunResult, run_experiment
from mraru.benchmark.core.parallel import measure_each
from mraru.benchmark.core.results import RunFolder
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.run_students import make_student
from mraru.benchmark.rules.compared_rules import make_rule
from mraru.settings.settings import default_settings


def run_all(
    specs: Sequence[RunSpec],
    data_sets: Mapping[str, DataSet],
    folder: RunFolder,
    *,
    n_jobs: int = 1,
    on_progress: Callable[[int, int], None] = lambda n_done, n_runs: None,
) -> list[RunResult]:
    """The results of all specs, in their order; what the folder holds already is not run again.

    Args:
        n_jobs: processes, each with one thread; 1 = this process alone. The results do not depend on it.
        on_progress: called with (runs finished, runs) at the start and after each run.

    Raises:
        BenchmarkError: a student or rule does not exist; nothing was run. Or a run could not be done.
    """
    distinct = list(dict.fromkeys(specs))
    check_specs(distinct)
    results = {spec: kept for spec in distinct if (kept := folder.load(spec)) is not None}
    missing = [spec for spec in distinct if spec not in results]
    on_progress(len(results), len(distinct))
    for spec, result in measure_each(run_experiment, missing, data_sets, n_jobs):
        folder.save(result)
        results[spec] = result
        on_progress(len(results), len(distinct))
    return [results[spec] for spec in specs]


def check_specs(specs: Iterable[RunSpec]) -> None:
    """See that every student and rule exists, before anything is embedded or run.

    Raises:
        BenchmarkError: one does not, or its library is not installed.
    """
    for rule, loop in dict.fromkeys((spec.rule, spec.loop) for spec in specs):
        make_rule(rule, default_settings().model_copy(update=dict(loop)))
    for spec in specs:
        make_student(spec)
