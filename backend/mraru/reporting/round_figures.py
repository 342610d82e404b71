"""What is shown of one round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mraru.store.projects.round_repository import Round


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundFigures:
    number: int
    kind: str
    step: str
    model_version: str | None
    n_pool: int
    n_visited: int  # visits: more than texts, where a pass over the pool was repeated
    n_looked_at: int  # distinct texts among them
    n_accepted: int
    acceptance_rate: float | None  # of the visits
    share_asked: float | None  # of the texts that were looked at
    selection_end: str | None
    n_labels: int
    n_gold: int
    agreement: float | None
    estimated_agreement: float | None  # the same, estimated for all texts
    mean_uncertainty: float | None  # of the visited texts, which is the acceptance rate of the paper's rule
    mean_confidence: float | None
    kappa: float | None  # with the student before; None: not measured
    n_compared: int
    n_gold_checked: int  # gold that students judged which had not learned it
    n_gold_right: int
    n_judged: int  # teacher's labels that they judged
    n_contradicted: int  # those that they confidently contradict
    calibration: str | None  # how the student was calibrated; None: it was not
    calibration_error_before: float | None  # expected, out of fold, in [0, 1]
    calibration_error_after: float | None
    n_pushed: int
    training_s: float | None


def take_last_of_each_size(rounds: Sequence[RoundFigures]) -> list[RoundFigures]:
    """Of the rounds whose student learned as many labels, the last: a curve over labels has one point for each number.

    What people say of texts that have a label adds none, so that dozens of rounds may have the same number.
    """
    return sorted({round_.n_labels: round_ for round_ in rounds}.values(), key=lambda round_: round_.n_labels)


def describe_round(round_: Round) -> RoundFigures:
    """What is shown of a round."""
    return RoundFigures(
        number=round_.number,
        kind=round_.kind,
        step=round_.step,
        model_version=round_.model_version,
        n_pool=round_.n_pool,
        n_visited=round_.n_visited,
        n_looked_at=round_.n_looked_at,
        n_accepted=round_.n_accepted,
        acceptance_rate=round_.acceptance_rate,
        share_asked=round_.share_asked,
        selection_end=round_.selection_end,
        n_labels=round_.n_labels,
        n_gold=round_.n_gold,
        agreement=round_.agreement,
        estimated_agreement=round_.estimated_agreement,
        mean_uncertainty=round_.mean_uncertainty,
        mean_confidence=round_.mean_confidence,
        kappa=round_.kappa,
        n_compared=round_.n_compared,
        n_gold_checked=round_.n_gold_checked,
        n_gold_right=round_.n_gold_right,
        n_judged=round_.n_judged,
        n_contradicted=round_.n_contradicted,
        calibration=round_.calibration,
        calibration_error_before=round_.calibration_error_before,
        calibration_error_after=round_.calibration_error_after,
        n_pushed=round_.n_pushed,
        training_s=round_.training_s,
    )
