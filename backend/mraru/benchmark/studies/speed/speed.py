"""How long one batch takes to choose from pools of growing size, and against those who score everything."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from mraru.benchmark.rules.compared_rules import make_rule
from mraru.benchmark.studies.speed.synthetic import HashedPool, LeanStudent, ReadyPool, hashed_vectors
from mraru.errors import BenchmarkError
from mraru.interfaces import Embedder, Pool, Sampler, Student, Vectors

BATCH_SIZE = 25
N_TRIES = 3  # of each batch; the shortest counts, as the longer ones met other work of the machine
SLICE = 65_536  # rows made at once
EXHAUSTIVE = "exhaustive-margin"
LIBRARY_RULES = ("modal-margin", "scikit-activeml-margin", "small-text-margin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One batch, in the median of several."""

    rule: str
    n_rows: int
    seconds: float  # without embedding
    n_scored: float  # texts that had to be embedded

    def seconds_with(self, embedding_s: float) -> float:
        """The same with so many seconds for each text that had to be embedded.

        >>> Timing(rule="paper", n_rows=10**6, seconds=0.5, n_scored=100).seconds_with(0.01)
        1.5
        """
        return self.seconds + self.n_scored * embedding_s


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedResult:
    """Everything from one run on one machine."""

    by_size: tuple[Timing, ...]  # the rule, on vectors made as they are asked for
    ready: tuple[Timing, ...]  # the rule and those that score everything, on vectors in memory
    missing: tuple[str, ...]  # libraries that are not installed
    embedding_s: float  # seconds a text takes to embed
    n_embedded: int  # texts that this was measured on

    @property
    def spread(self) -> float:
        """The slowest of the sizes to the fastest, without embedding."""
        seconds = [timing.seconds for timing in self.by_size]
        return max(seconds) / min(seconds)

    def ratio(self, timing: Timing, *, embedded: bool) -> float:
        """How many times as long it takes as the rule does on the same vectors."""
        embedding_s = self.embedding_s if embedded else 0.0
        return timing.seconds_with(embedding_s) / self.ready[0].seconds_with(embedding_s)


def measure_speed(
    rule: str,
    embedder: Embedder,
    texts: Sequence[str],
    *,
    sizes: Sequence[int] = (10**4, 10**5, 10**6, 10**7, 10**8),
    n_ready: int = 10**6,
    n_repeats: int = 31,
) -> SpeedResult:
    """Time everything one after the other, with one thread.

    Args:
        rule: of M-RARU.
        texts: real ones, to measure what embedding costs.
        sizes: rows of the pools that are made as they are looked at.
        n_ready: rows of 384 numbers that are kept in memory, 1.5 GB a million.
        n_repeats: batches of the rule for each size; those that score everything choose one.

    Raises:
        BenchmarkError: there is no such rule.
    """
    sampler = make_rule(rule)
    with threadpool_limits(1):
        student = LeanStudent()
        by_size = _time(sampler, rule, student, [HashedPool(size) for size in sizes], n_repeats)
        pool = ReadyPool(_ready_vectors(n_ready))
        ready = [*_time(sampler, rule, student, [pool], n_repeats)]
        missing = []
        for name in (EXHAUSTIVE, *LIBRARY_RULES):
            try:
                ready += _time(make_rule(name), name, student, [pool], 1)
            except BenchmarkError as exc:
                missing.append(str(exc))
    return SpeedResult(
        by_size=tuple(by_size),
        ready=tuple(ready),
        missing=tuple(missing),
        embedding_s=_measure_embedding(embedder, texts),
        n_embedded=len(texts),
    )


def _time(sampler: Sampler, rule: str, student: Student, pools: Sequence[Pool], n_repeats: int) -> list[Timing]:
    """Each pool in turn, so that whatever else the machine does meets them alike."""
    seconds: list[list[float]] = [[] for _ in pools]
    n_scored: list[list[int]] = [[] for _ in pools]
    for seed in range(n_repeats):
        for number, pool in enumerate(pools):
            best, scored = _time_batch(sampler, student, pool, seed)
            seconds[number].append(best)
            n_scored[number].append(scored)
    return [
        Timing(rule=rule, n_rows=len(pool), seconds=median(seconds[number]), n_scored=median(n_scored[number]))
        for number, pool in enumerate(pools)
    ]


def _time_batch(sampler: Sampler, student: Student, pool: Pool, seed: int) -> tuple[float, int]:
    """The shortest of several times that the same batch takes, and the texts scored for it."""
    counting = _CountingPool(pool)
    seconds = []
    for _ in range(N_TRIES):
        rng = np.random.default_rng(seed)
        counting.n_scored = 0
        started = time.perf_counter()
        sampler.select_batch(student, counting, BATCH_SIZE, rng)
        seconds.append(time.perf_counter() - started)
    return min(seconds), counting.n_scored


class _CountingPool:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.n_scored = 0

    def __len__(self) -> int:
        return len(self._pool)

    def embed(self, positions: NDArray[np.intp]) -> Vectors:
        self.n_scored += len(positions)
        return self._pool.embed(positions)


def _ready_vectors(n_rows: int) -> Vectors:
    first = hashed_vectors(np.arange(1, dtype=np.intp))
    X = np.empty((n_rows, first.shape[1]), dtype=np.float32)
    for start in range(0, n_rows, SLICE):
        stop = min(start + SLICE, n_rows)
        X[start:stop] = hashed_vectors(np.arange(start, stop, dtype=np.intp))
    return X


def _measure_embedding(embedder: Embedder, texts: Sequence[str]) -> float:
    """Seconds a text, embedded a batch at a time as M-RARU does."""
    if not texts:
        raise BenchmarkError("There is no text to measure the embedding on.")
    embedder.embed(texts[:BATCH_SIZE])  # loads the model
    started = time.perf_counter()
    for start in range(0, len(texts), BATCH_SIZE):
        embedder.embed(texts[start : start + BATCH_SIZE])
    return (time.perf_counter() - started) / len(texts)
