"""The report of `mraru benchmark taxonomy`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.report.page_files import describe_data, describe_versions, write_page
from mraru.benchmark.report.seed_curves import estimate
from mraru.benchmark.report.summary_tables import NONE, show_difference, show_spread
from mraru.benchmark.studies.taxonomy.level_students import LevelOutcome
from mraru.pages import Page, PageSection, Table

REFERENCE = "flat"  # the product's


def write_level_report(
    folder: Path, outcomes: Sequence[LevelOutcome], data_sets: Sequence[DataSet], model: str, command: str
) -> None:
    """Write taxonomy.json, taxonomy.md and taxonomy.html.

    Args:
        model: that embedded the texts.
    """
    n_seeds = len({outcome.seed for outcome in outcomes})
    page = Page(
        title="A taxonomy learned at once, or a level at a time",
        notes=[
            f"`{command}`",
            "A simulated teacher answers: the data set's own labels. No LLM was asked.",
            describe_data(data_sets, model),
            f"Labels are drawn at random, the same ones for every way; means over {n_seeds} draws and, after ±, their "
            "standard deviation. Measured on the texts that are held out.",
            describe_versions(),
        ],
        sections=[
            PageSection(
                title="How often the student is right",
                intro="*Flat*: one student of the whole paths. *Levels*: one of the first parts, and one below each of "
                "them; the path is the likeliest of all, or the likeliest below the first part that is settled. "
                "*Against flat*: the mean difference of whole paths with its 95 % band, draw by draw.",
                tables=[_table(outcomes)],
                charts=[],
            )
        ],
    )
    figures = {"command": command, "embedding_model": model, "outcomes": [asdict(found) for found in outcomes]}
    write_page(folder, "taxonomy", page, figures)


def _table(outcomes: Sequence[LevelOutcome]) -> Table:
    groups: dict[tuple[str, int, str], list[LevelOutcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.data_set, outcome.n_labels, outcome.way), []).append(outcome)
    rows = [
        [
            data_set,
            f"{n_labels:,}",
            way,
            show_spread([outcome.right_first for outcome in found]),
            show_spread([outcome.right for outcome in found]),
            NONE if way == REFERENCE else _compare(found, groups[data_set, n_labels, REFERENCE]),
        ]
        for (data_set, n_labels, way), found in groups.items()
    ]
    return Table(["data set", "labels", "student", "first level right", "whole path right", "against flat"], rows)


def _compare(found: Sequence[LevelOutcome], reference: Sequence[LevelOutcome]) -> str:
    by_seed = {outcome.seed: outcome.right for outcome in reference}
    differences = [outcome.right - by_seed[outcome.seed] for outcome in found]
    return show_difference(estimate(differences, least=-1.0))
