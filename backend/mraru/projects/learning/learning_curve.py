"""What rounds brought, from the figures that each of them left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from mraru.store.projects.round_repository import Round


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What changed between two spans of rounds, as shares."""

    agreement: float  # of the student, out of fold, with the teacher, estimated for all texts
    confidence: float  # the student's highest probability on the texts it visited: a random sample of the pool

    @property
    def larger(self) -> float:
        return max(self.agreement, self.confidence)


def measure_gain(rounds: Sequence[Round], n_rounds: int) -> Gain | None:
    """How far the last `n_rounds` sampled rounds stand above as many before, on average.

    Two figures, since each is blind to something: agreement is counted on what the sampler preferred, where a student
    that learns is asked ever harder questions; confidence knows no such bias but believes the student. Change of mean
    confidence as a measure of change of accuracy: Guillory et al. (2021), arXiv:2107.03315.

    Returns:
        None while there are fewer than `2 * n_rounds` rounds with both figures.
    """
    measured = [
        (round_.estimated_agreement, round_.mean_confidence)
        for round_ in rounds
        if round_.is_sampled and round_.estimated_agreement is not None and round_.mean_confidence is not None
    ]
    if len(measured) < 2 * n_rounds:
        return None
    before, last = measured[-2 * n_rounds : -n_rounds], measured[-n_rounds:]
    agreement, confidence = (
        fmean(now) - fmean(then) for now, then in zip(zip(*last, strict=True), zip(*before, strict=True), strict=True)
    )
    return Gain(agreement=agreement, confidence=confidence)
