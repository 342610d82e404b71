"""The report of `mraru benchmark teachers`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from mraru.benchmark.report.page_files import describe_versions, write_page
from mraru.benchmark.report.seed_curves import estimate
from mraru.benchmark.report.summary_tables import show_difference, show_estimate
from mraru.benchmark.studies.teachers.teacher_votes import VotingOutcome
from mraru.pages import Page, PageSection, Table


def write_voting_report(folder: Path, outcomes: Sequence[VotingOutcome], command: str) -> None:
    """Write teachers.json, teachers.md and teachers.html."""
    page = Page(
        title="The majority against Dawid-Skene",
        notes=[
            f"`{command}`",
            "Simulated teachers vote about texts that do not exist: each is drawn from its confusion matrix. No LLM "
            "was asked, and no data set is needed.",
            f"Means over {len(outcomes[0].majority)} draws, in brackets the 95 % band (Student's t); differences are "
            "taken draw by draw.",
            describe_versions(),
        ],
        sections=[
            PageSection(
                title="Share of the labels that are right",
                intro="*Off*: how far the worst estimate of a teacher's accuracy is from the share of its votes that "
                "is right; the mean and the most over draws.",
                tables=[Table(HEADER, [*map(_row, outcomes)])],
                charts=[],
            )
        ],
    )
    write_page(folder, "teachers", page, {"command": command, "panels": [asdict(outcome) for outcome in outcomes]})


HEADER = ["teachers", "texts", "majority", "Dawid-Skene", "gain by Dawid-Skene", "off, mean", "off, most"]


def _row(outcome: VotingOutcome) -> list[str]:
    gains = [settled - counted for settled, counted in zip(outcome.dawid_skene, outcome.majority, strict=True)]
    return [
        outcome.panel,
        f"{outcome.n_texts:,}",
        show_estimate(estimate(outcome.majority)),
        show_estimate(estimate(outcome.dawid_skene)),
        show_difference(estimate(gains, least=-1.0)),
        f"{estimate(outcome.accuracy_off).mean:.3f}",
        f"{max(outcome.accuracy_off):.3f}",
    ]
