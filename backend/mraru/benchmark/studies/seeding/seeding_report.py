"""The report of `mraru benchmark seeding`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.report.page_files import describe_versions, write_page
from mraru.benchmark.report.seed_curves import Estimate, estimate
from mraru.benchmark.report.summary_tables import show_difference, show_estimate
from mraru.benchmark.studies.seeding.seeding_comparison import SeedingComparison, SeedingOutcome
from mraru.pages import Page, PageSection, Table


def write_seeding_report(
    folder: Path, comparisons: Sequence[SeedingComparison], base: RunSpec, model: str, command: str
) -> None:
    """Write seeding.json, seeding.md and seeding.html.

    Args:
        base: student, rule and batch size of all runs.
        model: that embedded the texts.
    """
    page = _as_page(comparisons, base, model, command)
    figures = {
        "command": command,
        "embedding_model": model,
        "student": base.student,
        "rule": base.rule,
        "batch_size": base.batch_size,
        "data_sets": [
            {**asdict(found), "fewer_calls": asdict(found.fewer_calls), "gain": asdict(found.gain)}
            for found in comparisons
        ],
    }
    write_page(folder, "seeding", page, figures)


def _as_page(comparisons: Sequence[SeedingComparison], base: RunSpec, model: str, command: str) -> Page:
    n_seeds = len(comparisons[0].random.n_calls)
    sizes = ", ".join(
        f"{found.data_set}: {found.n_pool:,} texts to choose from, {found.n_test:,} held out, {found.n_classes} classes"
        for found in comparisons
    )
    return Page(
        title="Seeding",
        notes=[
            f"`{command}`",
            "A simulated teacher answers: the data set's own labels. No LLM was asked.",
            f"Data: {sizes}. Embeddings: {model}.",
            f"Means over {n_seeds} seeds, in brackets the 95 % band (Student's t). Differences are taken seed by seed.",
            describe_versions(),
        ],
        sections=[
            PageSection(
                title="Calls until each class had a label",
                intro="Four texts a draw, no limit. *Zero-shot*: up to three of them near what a class without a "
                "label is called; *random*: all four anywhere.",
                tables=[_calls(comparisons)],
                charts=[],
            ),
            PageSection(
                title="Accuracy at equal numbers of labels",
                intro=f"Each seed goes on with {base.student}, rule *{base.rule}*, in batches of {base.batch_size}, "
                "up to the same number of labels, seeding included: ten batches or more after the costliest seeding.",
                tables=[_accuracy(comparisons)],
                charts=[],
            ),
        ],
    )


def _calls(comparisons: Sequence[SeedingComparison]) -> Table:
    return Table(
        ["data set", "classes", "zero-shot", "random", "fewer by zero-shot"],
        [
            [
                found.data_set,
                str(found.n_classes),
                show_count(found.zero_shot.calls),
                show_count(found.random.calls),
                show_count(found.fewer_calls),
            ]
            for found in comparisons
        ],
    )


def _accuracy(comparisons: Sequence[SeedingComparison]) -> Table:
    def cells(outcome: SeedingOutcome) -> list[str]:
        return [show_estimate(estimate(values)) for values in (outcome.accuracy, outcome.balanced_accuracy)]

    header = ["data set", "labels", "zero-shot", "balanced", "random", "balanced", "gain by zero-shot"]
    return Table(
        header,
        [
            [
                found.data_set,
                f"{found.n_labels:,}",
                *cells(found.zero_shot),
                *cells(found.random),
                show_difference(found.gain),
            ]
            for found in comparisons
        ],
    )


def show_count(found: Estimate) -> str:
    """A mean number of calls with its 95 % band.

    >>> show_count(Estimate(mean=574.4, low=500.2, high=1648.6)), show_count(Estimate(mean=8.0))
    ('574 (500 to 1,649)', '8')
    """
    if found.low is None or found.high is None:
        return f"{found.mean:,.0f}"
    return f"{found.mean:,.0f} ({found.low:,.0f} to {found.high:,.0f})"
