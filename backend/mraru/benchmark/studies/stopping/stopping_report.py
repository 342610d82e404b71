"""The report of `mraru benchmark stopping`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.report.page_files import describe_data, describe_versions, write_page
from mraru.benchmark.report.summary_tables import NONE, show_range
from mraru.benchmark.studies.stopping.stopping_effect import (
    N_CHECKED,
    ROUNDS_LATER,
    USD_PER_LABEL,
    StoppingOutcome,
    thresholds,
)
from mraru.pages import Page, PageSection, Table
from mraru.settings.stopping_settings import StoppingSettings


def write_stopping_report(
    folder: Path,
    outcomes: Sequence[StoppingOutcome],
    base: RunSpec,
    options: StoppingSettings,
    data_sets: Sequence[DataSet],
    model: str,
    command: str,
) -> None:
    """Write stopping.json, stopping.md and stopping.html.

    Args:
        base: rule, budget and calibration of all runs.
        options: the thresholds.
        model: that embedded the texts.
    """
    named = ", ".join(f"{rule} {number:g}" for rule, number in thresholds(options).items() if number is not None)
    page = Page(
        title="When the rules of quality would have ended the rounds",
        notes=[
            f"`{command}`",
            "A simulated teacher answers: the data set's own labels. No LLM was asked.",
            describe_data(data_sets, model),
            f"Rounds of {base.batch_size} labels up to {base.budget:,}, acceptance rule *{base.rule}*, calibration "
            f"*{base.calibration}*. Every run goes on to its end; where a rule would have ended it is read off the "
            "figures of its rounds by the code that ends them in the product.",
            f"Thresholds: {named}; the first two over {options.stop_rounds} rounds in a row, the last over "
            f"{options.stop_gain_rounds} and as many before, none before round {options.stop_min_rounds}.",
            f"After each round simulated people label rightly the {N_CHECKED} texts of the teacher's with the lowest "
            f"review score: the target accuracy goes by them. A label is assumed to cost ${USD_PER_LABEL:g}.",
            describe_versions(),
        ],
        sections=[
            PageSection(
                title="Stops",
                intro="Means over the seeds in which the rule fired, in brackets the least and the most. "
                f"*Later*: {ROUNDS_LATER} rounds after, over the runs that went on so long. *End*: of the run. "
                "*Pool*: the student that learned every text of the pool.",
                tables=[_stops(outcomes)],
                charts=[],
            )
        ],
    )
    figures = {
        "command": command,
        "embedding_model": model,
        "rule": base.rule,
        "calibration": base.calibration,
        "batch_size": base.batch_size,
        "options": options.model_dump(include=set(StoppingSettings.model_fields)),
        "outcomes": [asdict(outcome) for outcome in outcomes],
    }
    write_page(folder, "stopping", page, figures)


def _stops(outcomes: Sequence[StoppingOutcome]) -> Table:
    def row(outcome: StoppingOutcome) -> list[str]:
        fired = [stop for stop in outcome.stops if stop is not None]
        later = [stop for stop in fired if stop.accuracy_later is not None]
        return [
            outcome.data_set,
            outcome.student,
            str(outcome.rule),
            f"{len(fired)} of {len(outcome.stops)}",
            show_range([stop.n_rounds for stop in fired]),
            show_range([stop.n_labels for stop in fired]),
            _mean([stop.accuracy for stop in fired]),
            _change([(stop.accuracy, stop.accuracy_later) for stop in later if stop.accuracy_later is not None]),
            f"{fmean(outcome.end_accuracy):.3f} ({show_range(outcome.n_rounds)} rounds)",
            f"{fmean(outcome.pool_accuracy):.3f}",
        ]

    header = ["data set", "student", "rule", "fired", "rounds", "labels", "accuracy", "later", "end", "pool"]
    return Table(header, [*map(row, outcomes)])


def _mean(shares: Sequence[float]) -> str:
    return f"{fmean(shares):.3f}" if shares else NONE


def _change(pairs: Sequence[tuple[float, float]]) -> str:
    """What ten more rounds brought, seed by seed."""
    if not pairs:
        return NONE
    return f"{fmean(after - before for before, after in pairs):+.3f} ({len(pairs)})"
