"""How sure a student is of the texts that it visited: a random sample of the pool, whatever was accepted of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mraru.interfaces import Pool, Student
from mraru.query_strategies.uncertainty import normalized_uncertainty
from mraru.selection_records import Visit

MOST_TEXTS = 1000  # an overconfident student visits thousands


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """Figures of one round; its fields are columns of `rounds`."""

    mean_uncertainty: float | None = None  # by the paper's measure, which is the acceptance rate of the paper's rule
    mean_confidence: float | None = None  # the highest probability


def measure_certainty(student: Student, pool: Pool, visits: Sequence[Visit]) -> Certainty:
    """Means over the first pass; its texts are embedded already.

    Apart from the acceptance probabilities: those of sharpened or steered rules say how they were steered.
    """
    positions = [visit.position for visit in visits if visit.pass_number == 1][:MOST_TEXTS]
    if not positions or len(student.classes_) < 2:
        return Certainty()
    probabilities = student.predict_proba(pool.embed(np.array(positions, dtype=np.intp)))
    return Certainty(
        mean_uncertainty=float(normalized_uncertainty(probabilities).mean()),
        mean_confidence=float(probabilities.max(axis=1).mean()),
    )
