"""Benches for the loop's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.label_studio import LABELS
from fakes.loop_bench import LoopBench, copy_bench, make_loop_bench

Preparation = Callable[[Callable[..., LoopBench]], LoopBench]


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator[Callable[..., LoopBench]]:
    """`make_bench(n_texts=60, labels=LABELS, **options)`: a project of its own folder."""
    made: list[LoopBench] = []

    def make(n_texts: int = 60, labels: tuple[str, ...] = LABELS, **options: object) -> LoopBench:
        made.append(make_loop_bench(tmp_path / f"bench-{len(made)}", n_texts, labels, **options))
        return made[-1]

    yield make
    for bench in made:
        bench.store.close()


@pytest.fixture
def bench(make_bench: Callable[..., LoopBench]) -> LoopBench:
    return make_bench()


@pytest.fixture(scope="session")
def _prepared_benches() -> dict[Preparation, LoopBench]:
    return {}


@pytest.fixture
def begin_after(
    _prepared_benches: dict[Preparation, LoopBench], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> Iterator[Callable[[Preparation], LoopBench]]:
    """`begin_after(prepare)`: a bench of one's own, as far as `prepare(make_bench)` goes, which runs once."""
    copies: list[LoopBench] = []

    def begin(prepare: Preparation) -> LoopBench:
        if prepare not in _prepared_benches:
            folder = tmp_path_factory.mktemp("prepared")

            def make(n_texts: int = 60, labels: tuple[str, ...] = LABELS, **options: object) -> LoopBench:
                return make_loop_bench(folder, n_texts, labels, **options)

            prepared = prepare(make)
            prepared.store.close()
            _prepared_benches[prepare] = prepared
        copies.append(copy_bench(_prepared_benches[prepare], tmp_path / f"copy-{len(copies)}"))
        return copies[-1]

    yield begin
    for bench in copies:
        bench.store.close()
