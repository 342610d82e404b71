"""The report of `mraru benchmark warnings`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.report.page_files import describe_data, describe_versions, write_page
from mraru.benchmark.report.summary_tables import NONE, show_range
from mraru.benchmark.studies.warnings.warnings_seen import FIRST_COUNTED, Sighting, WarningsSeen
from mraru.pages import Page, PageSection, Table
from mraru.projects.diagnoses.diagnostics import OF_ROUNDS


def write_warnings_report(
    folder: Path,
    seen: Sequence[WarningsSeen],
    base: RunSpec,
    data_sets: Sequence[DataSet],
    model: str,
    command: str,
) -> None:
    """Write warnings.json, warnings.md and warnings.html.

    Args:
        base: rule, budget and kind of noise of all runs.
        model: that embedded the texts.
    """
    page = Page(
        title="Warnings",
        notes=[
            f"`{command}`",
            "A simulated teacher answers: the data set's own labels, of which the share under *noise* is made wrong "
            f"({base.noise_kind}). No LLM was asked.",
            describe_data(data_sets, model),
            f"Rounds of {base.batch_size} labels up to {base.budget:,}, acceptance rule *{base.rule}*; people label "
            "nothing. After each round its figures are looked at by the code that warns in the product.",
            describe_versions(),
        ],
        sections=[
            PageSection(
                title="What is seen",
                intro="In how many of the runs, and from which round on: the mean, in brackets the least and the most. "
                f"*Contradicted*: the least and the highest share of the teacher's labels in any round from the "
                f"{FIRST_COUNTED}th on. *Agreement*: of students with the teacher's labels that they have not learned, "
                "the least and the most, once there are enough to go by it.",
                tables=[_warnings(seen)],
                charts=[],
            )
        ],
    )
    figures = {
        "command": command,
        "embedding_model": model,
        "rule": base.rule,
        "noise_kind": base.noise_kind,
        "runs": [asdict(found) for found in seen],
    }
    write_page(folder, "warnings", page, figures)


def _warnings(seen: Sequence[WarningsSeen]) -> Table:
    def row(found: WarningsSeen) -> list[str]:
        return [
            found.data_set,
            found.student,
            found.calibration,
            f"{found.noise:.0%}",
            _span(found.contradicted),
            _span(found.agreement),
            *(_sighted(found.sightings[code], len(found.n_rounds)) for code in OF_ROUNDS),
        ]

    header = ["data set", "student", "calibration", "noise", "contradicted", "agreement", *map(str, OF_ROUNDS)]
    return Table(header, [*map(row, seen)])


def _sighted(sightings: Sequence[Sighting], n_runs: int) -> str:
    if not sightings:
        return NONE
    return f"{len(sightings)} of {n_runs}, from {show_range([sighting.first for sighting in sightings])}"


def _span(shares: Sequence[float]) -> str:
    """The lowest and the highest share.

    >>> _span([0.01, 0.07]), _span([])
    ('1.0-7.0 %', '–')
    """
    return f"{100 * min(shares):.1f}-{100 * max(shares):.1f} %" if shares else NONE
