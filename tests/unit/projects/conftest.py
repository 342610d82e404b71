"""Benches for the loop's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.label_studio import LABELS
from fakes.loop_bench import LoopBench, make_loop_bench


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
