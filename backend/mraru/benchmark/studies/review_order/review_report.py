"""The report of `mraru benchmark review`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.replay.review_orders import REVIEW_SCORE, SELF_CONFIDENCE
from mraru.benchmark.report.page_files import describe_versions, write_page
from mraru.benchmark.report.seed_curves import Estimate
from mraru.benchmark.report.summary_tables import NONE, show_difference, show_estimate
from mraru.benchmark.studies.review_order.review_comparison import DEPTHS, ReviewOutcome
from mraru.pages import Page, PageSection, Table


def write_review_report(
    folder: Path, outcomes: Sequence[ReviewOutcome], base: RunSpec, model: str, command: str
) -> None:
    """Write review.json, review.md and review.html.

    Args:
        base: rule, batch size and calibration of all runs.
        model: that embedded the texts.
    """
    page = _as_page(outcomes, base, model, command)
    figures = {
        "command": command,
        "embedding_model": model,
        "rule": base.rule,
        "batch_size": base.batch_size,
        "retrain_every": base.retrain_every,
        "calibration": base.calibration,
        "depths": DEPTHS,
        "outcomes": [
            {**asdict(outcome), "mean_average_precision": asdict(outcome.average_precision)} for outcome in outcomes
        ],
    }
    write_page(folder, "review", page, figures)


def _as_page(outcomes: Sequence[ReviewOutcome], base: RunSpec, model: str, command: str) -> Page:
    n_seeds = len(outcomes[0].figures)
    sections = [_section(list(group)) for _, group in groupby(outcomes, _condition)]
    return Page(
        title="Finding wrong labels",
        notes=[
            f"`{command}`",
            "A simulated teacher answers: the data set's own labels, a share of them made wrong on purpose. Its "
            "confidence is simulated, too: higher where it is right in 70 of 100 pairs. No LLM was asked.",
            f"Rule *{base.rule}*, batches of {base.batch_size}, trained after every {base.retrain_every}. Labels are "
            f"judged by students of other folds, calibration *{base.calibration}*. Embeddings: {model}.",
            f"Means over {n_seeds} seeds, in brackets the 95 % band (Student's t). Differences are taken seed by seed.",
            describe_versions(),
        ],
        sections=[*sections, _gains(outcomes)],
    )


def _condition(outcome: ReviewOutcome) -> tuple[str, str, float, str]:
    return outcome.data_set, outcome.student, outcome.noise, outcome.noise_kind


def _section(outcomes: Sequence[ReviewOutcome]) -> PageSection:
    first = outcomes[0]
    errors = "any other class" if first.noise_kind == "uniform" else "always the nearest class"
    return PageSection(
        title=f"{first.data_set}, {first.student}, {100 * first.noise:g} % wrong: {errors}",
        intro="*Average precision* is the area under precision and recall over all depths. *Precision* and *recall* "
        "are those of looking at that share of the labels. *Called wrong* are labels whose score, read as the "
        "probability that they are right, is below 0.5; *rightly* is the share of them that is wrong.",
        tables=[_table(outcomes)],
        charts=[],
    )


def _table(outcomes: Sequence[ReviewOutcome]) -> Table:
    depths = [f"{100 * depth:g} %" for depth in DEPTHS]
    return Table(
        [
            "labels",
            "order",
            "average precision",
            *(f"precision at {depth}" for depth in depths),
            *(f"recall at {depth}" for depth in depths),
            "called wrong",
            "rightly",
        ],
        [
            [
                f"{outcome.n_labels:,}",
                outcome.order,
                show_estimate(outcome.average_precision),
                *(show_estimate(outcome.precision_at(place)) for place in range(len(DEPTHS))),
                *(show_estimate(outcome.recall_at(place)) for place in range(len(DEPTHS))),
                _show_known(outcome.called_wrong),
                _show_known(outcome.called_rightly),
            ]
            for outcome in outcomes
        ],
    )


def _gains(outcomes: Sequence[ReviewOutcome]) -> PageSection:
    by_order = {(*_condition(outcome), outcome.n_labels, outcome.order): outcome for outcome in outcomes}
    mains = [outcome for outcome in outcomes if outcome.order == REVIEW_SCORE.name]
    others = list(dict.fromkeys(outcome.order for outcome in outcomes if outcome.order != REVIEW_SCORE.name))
    return PageSection(
        title="Average precision gained by the review score",
        intro=f"Over each of the other orders on the same labels. *{SELF_CONFIDENCE.name.capitalize()}* was the "
        "product's score before this one.",
        tables=[
            Table(
                ["data set", "student", "wrong", "errors", "labels", *others],
                [
                    [
                        main.data_set,
                        main.student,
                        f"{100 * main.noise:g} %",
                        main.noise_kind,
                        f"{main.n_labels:,}",
                        *(
                            show_difference(main.gain_over(by_order[*_condition(main), main.n_labels, other]))
                            for other in others
                        ),
                    ]
                    for main in mains
                ],
            )
        ],
        charts=[],
    )


def _show_known(found: Estimate | None) -> str:
    return NONE if found is None else show_estimate(found)
