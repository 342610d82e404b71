"""Many runs, in several processes, each kept as soon as it is finished."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from threadpoolctl import threadpool_limits

from mraru.benchmark.data_sets import DataSet
from mraru.benchmark.experiment import RunResult, run_experiment
from mraru.benchmark.results import RunFolder
from mraru.benchmark.rules import make_rule
from mraru.benchmark.run_spec import RunSpec
from mraru.benchmark.students import make_student

_data_sets: dict[str, DataSet] = {}  # of a worker process


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
    for result in _run(missing, data_sets, n_jobs):
        folder.save(result)
        results[result.spec] = result
        on_progress(len(results), len(distinct))
    return [results[spec] for spec in specs]


def check_specs(specs: Iterable[RunSpec]) -> None:
    """See that every student and rule exists, before anything is embedded or run.

    Raises:
        BenchmarkError: one does not, or its library is not installed.
    """
    for rule in dict.fromkeys(spec.rule for spec in specs):
        make_rule(rule)
    for spec in specs:
        make_student(spec)


def _run(specs: Sequence[RunSpec], data_sets: Mapping[str, DataSet], n_jobs: int) -> Iterable[RunResult]:
    if n_jobs == 1 or len(specs) < 2:
        return (_run_alone(spec, data_sets[spec.data_set]) for spec in specs)
    return _run_in_processes(specs, data_sets, n_jobs)


def _run_in_processes(specs: Sequence[RunSpec], data_sets: Mapping[str, DataSet], n_jobs: int) -> Iterator[RunResult]:
    # spawn: a forked child would inherit the threads' locks of torch and BLAS
    executor = ProcessPoolExecutor(
        max_workers=min(n_jobs, len(specs)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_receive,
        initargs=(dict(data_sets),),
    )
    try:
        for future in as_completed([executor.submit(_run_received, spec) for spec in specs]):
            yield future.result()
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _receive(data_sets: dict[str, DataSet]) -> None:
    _data_sets.update(data_sets)


def _run_received(spec: RunSpec) -> RunResult:
    return _run_alone(spec, _data_sets[spec.data_set])


def _run_alone(spec: RunSpec, data_set: DataSet) -> RunResult:
    with threadpool_limits(1):  # several would make sums, and so results, depend on the machine
        return run_experiment(spec, data_set)
