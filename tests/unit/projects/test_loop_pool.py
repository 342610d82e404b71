"""The pool over the store: uniform, lazy, and as large as the store without its memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fakes.embedders import CountingEmbedder
from fakes.stores import open_store
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.errors import TextsGone
from mraru.interfaces import SparsePool
from mraru.projects.learning.unlabelled_pool import UnlabelledPool
from mraru.query_strategies.random_sampling import select_uniformly
from mraru.query_strategies.visiting_order import VisitingOrder
from mraru.records import TaskText, hash_text
from mraru.store.store import Store

PROJECT = 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "mraru.sqlite3")
    yield store
    store.close()


def fill(store: Store, n_texts: int, project_id: int = PROJECT) -> set[str]:
    store.tasks.save(project_id, [TaskText(task_id=n + 1, text=f"text {n}") for n in range(n_texts)])
    return {hash_text(f"text {n}") for n in range(n_texts)}


def make_pool(store: Store, known: set[str] = frozenset(), project_id: int = PROJECT) -> UnlabelledPool:
    return UnlabelledPool(store, project_id, CachedEmbedder(CountingEmbedder(), store.vectors), known)


def held(pool: UnlabelledPool) -> list[int]:
    positions = np.arange(pool.n_positions)
    return positions[pool.holds(positions)].tolist()


@pytest.mark.parametrize("n_texts", [0, 1, 2, 17, 300])
def test_each_text_stands_at_one_position(store: Store, n_texts: int) -> None:
    hashes = fill(store, n_texts)
    fill(store, 5, project_id=2)
    pool = make_pool(store)
    assert isinstance(pool, SparsePool)
    found = [pool.hash_at(position) for position in held(pool)]
    assert sorted(found) == sorted(hashes)
    assert len(pool) == n_texts


def test_equal_texts_stand_there_once(store: Store) -> None:
    fill(store, 40)
    store.tasks.save(PROJECT, [TaskText(task_id=100 + n, text=f"text {n % 10}") for n in range(60)])
    pool = make_pool(store)
    assert len(pool) == len(held(pool)) == 40


def test_labelled_texts_are_left_out(store: Store) -> None:
    known = {hash_text(f"text {n}") for n in range(0, 40, 3)}
    hashes = fill(store, 40)
    pool = make_pool(store, known)
    assert {pool.hash_at(position) for position in held(pool)} == hashes - known
    assert len(pool) == 40 - len(known)


def test_texts_that_come_and_go_meanwhile_do_not_move_the_others(store: Store) -> None:
    fill(store, 300)
    pool = make_pool(store)
    position = held(pool)[50]
    name = pool.hash_at(position)
    store.tasks.save(PROJECT, [TaskText(task_id=1000 + n, text=f"new {n}") for n in range(300)])
    store.tasks.remove(PROJECT, [n for n in range(1, 301) if hash_text(f"text {n - 1}") != name])
    assert pool.hash_at(position) == name
    assert pool.embed(np.array([position])).shape == (1, 4)


def test_a_text_that_is_gone_says_so_when_it_is_embedded(store: Store) -> None:
    fill(store, 30)
    pool = make_pool(store)
    positions = held(pool)
    store.tasks.remove(PROJECT, list(range(1, 31)))
    with pytest.raises(TextsGone):
        pool.embed(np.array(positions[:3]))


def test_a_gap_has_no_hash(store: Store) -> None:
    fill(store, 3)
    pool = make_pool(store)
    with pytest.raises(IndexError, match="no text"):
        pool.hash_at(pool.n_positions - 1)


def test_every_text_is_equally_likely_to_be_drawn(store: Store) -> None:
    hashes = sorted(fill(store, 40))
    rng = np.random.default_rng(0)
    pool = make_pool(store)
    n_drawn = 3000
    drawn = [hashes.index(pool.hash_at(select_uniformly(pool, 1, rng).accepted[0])) for _ in range(n_drawn)]
    counts = np.bincount(drawn, minlength=40)
    chi_squared = ((counts - n_drawn / 40) ** 2 / (n_drawn / 40)).sum()
    assert chi_squared < 72.1, "p < 0.001 with 39 degrees of freedom"


def test_memory_grows_with_what_is_drawn_and_not_with_the_pool(tmp_path: Path) -> None:
    peaks = []
    for n_texts in (2000, 2000, 20_000):  # the first warms up
        store = open_store(tmp_path / f"{len(peaks)}.sqlite3")
        fill(store, n_texts)
        tracemalloc.start()
        VisitingOrder(make_pool(store), np.random.default_rng(0)).take(20)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        store.close()
    assert peaks[2] < 2.5 * peaks[1]  # 2000 texts have 125 buckets, so that a block looks at some of them twice
