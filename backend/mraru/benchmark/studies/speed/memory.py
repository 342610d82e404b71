"""How much memory choosing takes in a project of many tasks, each measured in a process of its own."""

from __future__ import annotations

import multiprocessing
import resource
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np

from mraru.benchmark.rules.compared_rules import make_rule
from mraru.benchmark.studies.speed.synthetic import HashedEmbedder, LeanStudent
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.projects.learning.unlabelled_pool import UnlabelledPool
from mraru.records import TaskText
from mraru.store.store import open_store

Result = TypeVar("Result")

STATUS, CLEAR_REFS = Path("/proc/self/status"), Path("/proc/self/clear_refs")
PROJECT_ID = 1
BATCH_SIZE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryUse:
    """Peak memory of choosing in one project."""

    n_tasks: int
    n_visited: int
    mebibytes: float  # above what the process held before


def measure_memory(
    rule: str, n_tasks: Sequence[int] = (10**4, 10**5, 10**6), n_visited: int = 10**4
) -> tuple[MemoryUse, ...]:
    """Fill a store with so many tasks, then choose batches until so many texts were visited."""
    with TemporaryDirectory() as folder:
        return tuple(_measure(Path(folder) / f"{number}.sqlite3", rule, number, n_visited) for number in n_tasks)


def _measure(path: Path, rule: str, n_tasks: int, n_visited: int) -> MemoryUse:
    _in_new_process(_fill, path, n_tasks)
    n_done, mebibytes = _in_new_process(_choose, path, rule, n_visited)
    return MemoryUse(n_tasks=n_tasks, n_visited=n_done, mebibytes=mebibytes)


def _in_new_process(work: Callable[..., Result], *args: object) -> Result:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        return executor.submit(work, *args).result()


def _fill(path: Path, n_tasks: int) -> None:
    store = open_store(path)
    store.tasks.save(PROJECT_ID, (TaskText(task_id=number, text=f"text {number}") for number in range(1, n_tasks + 1)))
    store.close()


def _choose(path: Path, rule: str, n_wanted: int) -> tuple[int, float]:
    """Texts visited, and the peak above what was held before, in MiB."""
    store = open_store(path)
    embedder = CachedEmbedder(HashedEmbedder(), store.vectors)
    sampler, student, rng = make_rule(rule), LeanStudent(), np.random.default_rng(0)
    _forget_peak()
    before = _peak_mebibytes()
    known: set[str] = set()
    n_visited = 0
    while n_visited < n_wanted:
        pool = UnlabelledPool(store, PROJECT_ID, embedder, known)  # a new one for each batch, as in the loop
        selection = sampler.select_batch(student, pool, BATCH_SIZE, rng)
        if not selection.accepted:
            break
        known |= {pool.hash_at(position) for position in selection.accepted}
        n_visited += selection.n_visited
    store.close()
    return n_visited, _peak_mebibytes() - before


def _forget_peak() -> None:
    """Begin the peak anew, where the system can; elsewhere it may be an earlier one, and what is told is too little."""
    with suppress(OSError):
        CLEAR_REFS.write_text("5", encoding="ascii")


def _peak_mebibytes() -> float:
    if STATUS.exists():  # Linux, where getrusage counts what the parent held before this process began
        (line,) = [line for line in STATUS.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10  # bytes there, KiB elsewhere
