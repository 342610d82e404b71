"""The report of `mraru benchmark teacher-audit`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from mraru.benchmark.report.page_files import describe_versions, write_page
from mraru.benchmark.report.summary_tables import NONE
from mraru.benchmark.studies.teachers.teacher_audit import AuditOutcome
from mraru.pages import Page, PageSection, Table
from mraru.projects.diagnoses.teacher_diagnostics import POOR, WEAK

WITHIN = (12, 25, 50, 100)  # audited labels
HEADER = [
    "labels",
    "right",
    "draws",
    "until called weak: half",
    "nine in ten",
    "until an error: half",
    *(f"called within {n}" for n in WITHIN),
    "called ever",
    "bound passed ever",
]


def write_audit_report(folder: Path, outcomes: Sequence[AuditOutcome], command: str) -> None:
    """Write teacher-audit.json, teacher-audit.md and teacher-audit.html."""
    page = Page(
        title="When a weak teacher is called weak",
        notes=[
            f"`{command}`",
            "Simulated teachers: so large a share of their labels is right. No LLM was asked, and no data set is "
            "needed.",
            "People audit labels in random order, and after each of them the bound of the product is looked at: a "
            f"teacher is called weak when at most {WEAK:.0%} of its labels are right by it, which is an error from "
            f"{POOR:.0%} down.",
            describe_versions(),
        ],
        sections=[
            PageSection(
                title="Audited labels until the warning",
                intro="*Half*, *nine in ten*: of the draws, after so many audited labels. *Called ever*: at any look, "
                "until each label is audited or the rounds are over. *Bound passed ever*: in so many draws more labels "
                "were right than the bound said, at any of the looks; 5 % are promised at most.",
                tables=[Table(HEADER, [*map(_row, outcomes)])],
                charts=[],
            )
        ],
    )
    write_page(folder, "teacher-audit", page, {"command": command, "outcomes": [asdict(found) for found in outcomes]})


def _row(outcome: AuditOutcome) -> list[str]:
    return [
        outcome.plan,
        f"{outcome.accuracy:.0%}",
        f"{len(outcome.weak_after):,}",
        _quantile(outcome.weak_after, 0.5),
        _quantile(outcome.weak_after, 0.9),
        _quantile(outcome.poor_after, 0.5),
        *(f"{outcome.share_called(n):.1%}" for n in WITHIN),
        f"{outcome.share_called():.1%}",
        f"{sum(outcome.is_passed) / len(outcome.is_passed):.1%}",
    ]


def _quantile(after: Sequence[int | None], share: float) -> str:
    """After how many labels that share of the draws is called; none where so many never are.

    >>> _quantile([3, 5, None, 4], 0.5), _quantile([3, None, None], 0.9)
    ('5', '–')
    """
    counted = sorted(float("inf") if n is None else float(n) for n in after)
    found = counted[min(len(counted) - 1, int(np.floor(share * len(counted))))]
    return NONE if np.isinf(found) else f"{found:.0f}"
