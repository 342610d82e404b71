"""The report of `mraru benchmark speed`."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from mraru.benchmark.report.page_files import write_page
from mraru.benchmark.studies.speed.memory import MemoryUse
from mraru.benchmark.studies.speed.speed import SpeedResult, Timing
from mraru.pages import Page, PageSection, Table


def write_speed_report(folder: Path, speed: SpeedResult, memory: Sequence[MemoryUse], command: str) -> None:
    """Write speed.json, speed.md and speed.html."""
    page = _as_page(speed, memory, command)
    figures = {
        "command": command,
        **asdict(speed),
        "spread": speed.spread,
        "ratios": {timing.rule: speed.ratio(timing, embedded=False) for timing in speed.ready},
        "ratios_with_embedding": {timing.rule: speed.ratio(timing, embedded=True) for timing in speed.ready},
        "memory": [asdict(use) for use in memory],
    }
    write_page(folder, "speed", page, figures)


def _as_page(speed: SpeedResult, memory: Sequence[MemoryUse], command: str) -> Page:
    rule = speed.ready[0].rule
    return Page(
        title="Speed",
        notes=[
            f"`{command}`",
            f"One batch of 25 texts, rule *{rule}*, synthetic vectors of 384 dimensions, one thread, all from one "
            f"run on one machine (Python {platform.python_version()}). Embedding a real text takes "
            f"{1000 * speed.embedding_s:.1f} ms here, measured on {speed.n_embedded:,} of them.",
        ],
        sections=[
            PageSection(
                title="By the size of the pool",
                intro=f"Vectors are made as they are looked at. Slowest to fastest: {speed.spread:.2f}.",
                tables=[_sizes(speed)],
                charts=[],
            ),
            PageSection(
                title="Against those who score everything",
                intro=" ".join(
                    [
                        f"{speed.ready[0].n_rows:,} vectors, ready in memory; the second ratio counts embedding "
                        "what is scored.",
                        *speed.missing,
                    ]
                ),
                tables=[_ratios(speed)],
                charts=[],
            ),
            PageSection(
                title="Memory",
                intro="Peak above what the process held before it began to choose.",
                tables=[
                    Table(
                        ["tasks", "visited", "MiB"],
                        [[f"{use.n_tasks:,}", f"{use.n_visited:,}", f"{use.mebibytes:.1f}"] for use in memory],
                    )
                ],
                charts=[],
            ),
        ],
    )


def _sizes(speed: SpeedResult) -> Table:
    def row(timing: Timing) -> list[str]:
        return [
            f"{timing.n_rows:,}",
            f"{timing.n_scored:,.0f}",
            f"{1000 * timing.seconds:.2f}",
            f"{timing.seconds_with(speed.embedding_s):.3f}",
        ]

    return Table(["rows", "scored", "ms a batch", "s a batch, embedding included"], [*map(row, speed.by_size)])


def _ratios(speed: SpeedResult) -> Table:
    def row(timing: Timing) -> list[str]:
        return [
            timing.rule,
            f"{timing.n_scored:,.0f}",
            f"{timing.seconds:.4f}",
            f"{speed.ratio(timing, embedded=False):,.0f}",
            f"{timing.seconds_with(speed.embedding_s):,.2f}",
            f"{speed.ratio(timing, embedded=True):,.0f}",
        ]

    header = ["rule", "scored", "s a batch", "times as long", "s, embedding included", "times as long"]
    return Table(header, [*map(row, speed.ready)])
