"""Measurements on data sets, in several processes; what is measured is a function of the caller's."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Protocol, TypeVar

from threadpoolctl import threadpool_limits

from mraru.benchmark.core.data_sets import DataSet


class OnDataSet(Protocol):
    """A measurement to make, which names its data set."""

    @property
    def data_set(self) -> str: ...


Spec = TypeVar("Spec", bound=OnDataSet)
Result = TypeVar("Result")

_data_sets: dict[str, DataSet] = {}  # of a worker process


def measure_each(
    measure: Callable[[Spec, DataSet], Result], specs: Sequence[Spec], data_sets: Mapping[str, DataSet], n_jobs: int
) -> Iterator[tuple[Spec, Result]]:
    """Measure each spec on its data set and give what comes out as soon as it is there, in any order.

    Args:
        measure: of a module's top level, so that other processes find it.
        data_sets: by name; they travel to each process once.
        n_jobs: processes, each with one thread; 1 = this process alone. The results do not depend on it.
    """
    if n_jobs == 1 or len(specs) < 2:
        for spec in specs:
            yield spec, _measure_alone(measure, spec, data_sets[spec.data_set])
        return
    # spawn: a forked child would inherit the threads' locks of torch and BLAS
    executor = ProcessPoolExecutor(
        max_workers=min(n_jobs, len(specs)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_receive,
        initargs=(dict(data_sets),),
    )
    try:
        spec_of = {executor.submit(_measure_received, measure, spec): spec for spec in specs}
        for future in as_completed(spec_of):
            yield spec_of[future], future.result()
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _receive(data_sets: dict[str, DataSet]) -> None:
    _data_sets.update(data_sets)


def _measure_received(measure: Callable[[Spec, DataSet], Result], spec: Spec) -> Result:
    return _measure_alone(measure, spec, _data_sets[spec.data_set])


def _measure_alone(measure: Callable[[Spec, DataSet], Result], spec: Spec, data_set: DataSet) -> Result:
    with threadpool_limits(1):  # several would make sums, and so results, depend on the machine
        return measure(spec, data_set)


def measure_all(
    measure: Callable[[Spec, DataSet], Result],
    specs: Sequence[Spec],
    data_sets: Mapping[str, DataSet],
    n_jobs: int,
    on_progress: Callable[[int, int], None] = lambda n_done, n_specs: None,
) -> list[Result]:
    """The results of all specs, in their order.

    Args and results are those of `measure_each`.

    Args:
        on_progress: called with (measured, specs) at the start and after each.
    """
    found: dict[Spec, Result] = {}
    on_progress(0, len(specs))
    for spec, result in measure_each(measure, specs, data_sets, n_jobs):
        found[spec] = result
        on_progress(len(found), len(specs))
    return [found[spec] for spec in specs]
