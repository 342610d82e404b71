"""The report of `mraru benchmark shortlist`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean, stdev

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.report.page_files import describe_data, describe_versions, write_page
from mraru.benchmark.studies.shortlists.shortlist_recall import ShortlistOutcome
from mraru.pages import Page, PageSection, Table


def write_shortlist_report(
    folder: Path, outcomes: Sequence[ShortlistOutcome], data_sets: Sequence[DataSet], model: str, command: str
) -> None:
    """Write shortlist.json, shortlist.md and shortlist.html.

    Args:
        model: that embedded texts and labels.
    """
    n_seeds = len({outcome.seed for outcome in outcomes})
    page = Page(
        title="Shortlists of labels",
        notes=[
            f"`{command}`",
            "Labels are ranked by the product's code. No LLM was asked.",
            describe_data(data_sets, model),
            f"Labelled texts are drawn at random; means over {n_seeds} draws and, after ±, their standard deviation. "
            "Measured on the texts that are held out.",
            describe_versions(),
        ],
        sections=[
            PageSection(
                title="How often a text's own label is on its shortlist",
                intro="*Texts of each label*: that were labelled before; with 0, a label's name alone is known. Of "
                "texts with several labels, the share of these.",
                tables=[_table(outcomes, [outcome.recall for outcome in outcomes])],
                charts=[],
            ),
            *_of_sets(outcomes, [found.name for found in data_sets if found.is_multiple]),
        ],
    )
    figures = {"command": command, "embedding_model": model, "outcomes": [asdict(found) for found in outcomes]}
    write_page(folder, "shortlist", page, figures)


def _of_sets(outcomes: Sequence[ShortlistOutcome], names: Sequence[str]) -> list[PageSection]:
    found = [outcome for outcome in outcomes if outcome.data_set in names]
    if not found:
        return []
    return [
        PageSection(
            title="How often all labels of a text are",
            intro="Of texts that may have several.",
            tables=[_table(found, [outcome.whole for outcome in found])],
            charts=[],
        )
    ]


def _table(outcomes: Sequence[ShortlistOutcome], shares: Sequence[Sequence[float]]) -> Table:
    sizes = sorted({size for outcome in outcomes for size in outcome.sizes})
    groups: dict[tuple[str, int, int], dict[int, list[float]]] = {}
    for outcome, by_size in zip(outcomes, shares, strict=True):
        row = groups.setdefault((outcome.data_set, outcome.n_labels, outcome.n_examples), {})
        for size, share in zip(outcome.sizes, by_size, strict=True):
            row.setdefault(size, []).append(share)
    return Table(
        ["data set", "labels", "texts of each label", *(f"{size} shown" for size in sizes)],
        [
            [name, str(n_labels), str(n_examples), *(_spread(row.get(size, ())) for size in sizes)]
            for (name, n_labels, n_examples), row in groups.items()
        ],
    )


def _spread(shares: Sequence[float]) -> str:
    """
    >>> _spread([0.5, 0.6]), _spread([0.5]), _spread([])
    ('55.0 % ± 7.1', '50.0 %', '')
    """
    if not shares:
        return ""
    around = f" ± {100 * stdev(shares):.1f}" if len(shares) > 1 else ""
    return f"{100 * fmean(shares):.1f} %{around}"
