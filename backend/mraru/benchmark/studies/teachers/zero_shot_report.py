"""The report of `mraru benchmark zero-shot`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.report.page_files import describe_data, describe_versions, write_page
from mraru.benchmark.report.summary_tables import NONE
from mraru.benchmark.studies.teachers.zero_shot_accuracy import Part, ZeroShotOutcome, split_by_accuracy
from mraru.pages import Page, PageSection, Table
from mraru.projects.diagnoses.teacher_diagnostics import LEAST_FIT, POOR, WEAK
from mraru.projects.diagnoses.zero_shot_fit import MOST_CLASSES, N_TEXTS

N_WORST = 3  # classes of each data set


def write_zero_shot_report(
    folder: Path, outcomes: Sequence[ZeroShotOutcome], data_sets: Sequence[DataSet], model: str, command: str
) -> None:
    """Write zero-shot.json, zero-shot.md and zero-shot.html.

    Args:
        model: that embedded texts and labels.
    """
    page = Page(
        title="The built-in zero-shot teacher",
        notes=[
            f"`{command}`",
            "The label whose name is nearest to the text, by the product's code. It is no LLM, and none was asked.",
            describe_data(data_sets, model),
            describe_versions(),
        ],
        sections=[
            PageSection(
                title="How often it is right",
                intro="Over all texts, those held out included. *Mean of the classes*: each class counts alike.",
                tables=[_accuracy(outcomes), _worst(outcomes)],
                charts=[],
            ),
            PageSection(
                title="Whether its labels give it away",
                intro=f"Of {N_TEXTS} texts drawn at random: how often the five nearest ones have a text's label, "
                f"beyond chance. Below {LEAST_FIT} the product says that the labels do not fit the texts; of projects "
                f"with more than {MOST_CLASSES} classes it says nothing. *Parts*: some classes of a data set, drawn at "
                "random, with their texts alone. Middle, in brackets least and most.",
                tables=[_whole(outcomes), _parts(outcomes)],
                charts=[],
            ),
        ],
    )
    figures = {"command": command, "embedding_model": model, "outcomes": [asdict(found) for found in outcomes]}
    write_page(folder, "zero-shot", page, figures)


def _accuracy(outcomes: Sequence[ZeroShotOutcome]) -> Table:
    return Table(
        ["data set", "classes", "texts", "right", "mean of the classes", "classes right in less than half"],
        [
            [
                found.data_set,
                str(len(found.by_class)),
                f"{found.n_texts:,}",
                f"{found.right:.1%}",
                f"{np.mean([measured.right for measured in found.by_class]):.1%}",
                str(sum(measured.right < 0.5 for measured in found.by_class)),
            ]
            for found in outcomes
        ],
    )


def _worst(outcomes: Sequence[ZeroShotOutcome]) -> Table:
    return Table(
        ["data set", "worst classes", "texts", "right", "most often taken for"],
        [
            [
                found.data_set,
                measured.label,
                f"{measured.n_texts:,}",
                f"{measured.right:.1%}",
                measured.taken_for or NONE,
            ]
            for found in outcomes
            for measured in found.by_class[:N_WORST]
        ],
    )


def _whole(outcomes: Sequence[ZeroShotOutcome]) -> Table:
    return Table(
        ["data set", "right", "agreement with neighbours", "said not to fit"],
        [[found.data_set, f"{found.right:.1%}", _span(found.whole), _flagged(found.whole)] for found in outcomes],
    )


def _parts(outcomes: Sequence[ZeroShotOutcome]) -> Table:
    groups = [f"right in less than {POOR:.0%}", f"{POOR:.0%} to {WEAK:.0%}", f"{WEAK:.0%} and more"]
    return Table(
        ["data set", *(f"{group}: {column}" for group in groups for column in ("agreement", "said not to fit"))],
        [
            [
                found.data_set,
                *(
                    cell
                    for group in split_by_accuracy(found.parts, (POOR, WEAK))
                    for cell in (_span(group), _flagged(group))
                ),
            ]
            for found in outcomes
        ],
    )


def _span(parts: Sequence[Part]) -> str:
    """The middle, the least and the most.

    >>> _span([Part(n_classes=3, right=0.9, agreement=agreement) for agreement in (0.5, 0.7, 0.8)]), _span([])
    ('0.70 (0.50–0.80)', '–')
    """
    if not parts:
        return NONE
    agreements = [part.agreement for part in parts]
    return f"{np.median(agreements):.2f} ({min(agreements):.2f}–{max(agreements):.2f})"


def _flagged(parts: Sequence[Part]) -> str:
    return f"{sum(part.is_flagged for part in parts)} of {len(parts)}" if parts else NONE
