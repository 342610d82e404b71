"""Rounds as the store would give them, made up by a test."""

from __future__ import annotations

from dataclasses import replace

from mraru.selection_records import SelectionEnd
from mraru.store.projects.round_repository import Round, RoundKind, RoundStep

HEALTHY = Round(
    project_id=1,
    number=1,
    kind=RoundKind.MRARU,
    step=RoundStep.DONE,
    student="logreg",
    model_version="mraru-logreg-r001",
    n_pool=5000,
    n_visited=80,
    n_accepted=25,
    selection_end=SelectionEnd.BATCH_FULL,
    n_labels=100,
    n_gold=0,
    agreement=0.7,
    n_pushed=100,
    training_s=0.1,
    started_at=0.0,
    finished_at=1.0,
    estimated_agreement=0.8,
    mean_uncertainty=0.3,
    mean_confidence=0.75,
    n_judged=150,
    n_contradicted=2,
)


def make_round(number: int = 1, **changes: object) -> Round:
    """A round of a run that goes well, but for the changes."""
    return replace(HEALTHY, number=number, n_labels=100 + 25 * number, **changes)  # type: ignore[arg-type]


def make_rounds(n_rounds: int, **changes: object) -> list[Round]:
    """Rounds that are all alike but for their numbers."""
    return [make_round(number, **changes) for number in range(1, n_rounds + 1)]


def learning_rounds(n_rounds: int, *, per_round: float = 0.01, **changes: object) -> list[Round]:
    """Rounds in each of which agreement and confidence rise by `per_round`."""
    return [
        make_round(
            number,
            **{
                "estimated_agreement": 0.5 + per_round * number,
                "mean_confidence": 0.5 + per_round * number,
                **changes,
            },
        )
        for number in range(1, n_rounds + 1)
    ]
