"""After how many audited labels a weak teacher is called weak, and how often a good one is by mistake."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mraru.projects.diagnoses.teacher_diagnostics import POOR, WEAK
from mraru.quality.audit.audit_sample import next_draws, settled_sample
from mraru.quality.audit.sequential_bound import at_most, first_below

AUDIT_STREAM = 7  # beside the streams of the other measurements
ACCURACIES = (0.30, 0.58, 0.70, 0.80, 0.85, 0.90, 0.95)
GROWING_SHARE = 10  # of so many draws one is made with labels that grow in number: its looks take longer


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPlan:
    """How many labels a teacher has, and when people audit them: after each text one looks anew."""

    title: str
    n_labels: int
    per_round: int | None = None  # labels that come in a round; None: all are there from the beginning
    n_audited: int | None = None  # texts that people audit in each of the rounds; None: all, in the end


ALL_AT_ONCE = (
    AuditPlan(title="250 labels", n_labels=250),
    AuditPlan(title="1,000 labels", n_labels=1000),
)
GROWING = AuditPlan(title="25 labels a round, up to 1,000; 3 audited a round", n_labels=1000, per_round=25, n_audited=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOutcome:
    """All draws of one plan for teachers of one accuracy."""

    plan: str
    accuracy: float
    weak_after: tuple[int | None, ...]  # audited labels until the warning, by draw; None: it never came
    poor_after: tuple[int | None, ...]  # until it is an error
    is_passed: tuple[bool, ...]  # whether more labels were right than the bound said, at any of the looks

    def share_called(self, n_audited: int | None = None) -> float:
        """Share of the draws in which the teacher is called weak within so many audited labels, or ever."""
        called = [after for after in self.weak_after if after is not None]
        return sum(n_audited is None or after <= n_audited for after in called) / len(self.weak_after)


def measure_audits(n_draws: int) -> list[AuditOutcome]:
    """Draw which labels of simulated teachers are right, and audit them in random order."""
    plans = [(plan, n_draws) for plan in ALL_AT_ONCE] + [(GROWING, max(1, n_draws // GROWING_SHARE))]
    return [measure_audit(plan, accuracy, range(n)) for plan, n in plans for accuracy in ACCURACIES]


def measure_audit(plan: AuditPlan, accuracy: float, seeds: Sequence[int]) -> AuditOutcome:
    """Exactly the share `accuracy` of the teacher's labels is right, rounded up to whole labels."""
    drawn = [_draw(plan, accuracy, np.random.default_rng([seed, AUDIT_STREAM])) for seed in seeds]
    weak_after, poor_after, is_passed = zip(*drawn, strict=True)
    return AuditOutcome(
        plan=plan.title, accuracy=accuracy, weak_after=weak_after, poor_after=poor_after, is_passed=is_passed
    )


def _draw(plan: AuditPlan, accuracy: float, rng: np.random.Generator) -> tuple[int | None, int | None, bool]:
    n_right = math.ceil(accuracy * plan.n_labels - 1e-9)
    right = rng.permutation(np.arange(plan.n_labels) < n_right)
    if plan.per_round is not None:
        return _audit_growing(plan, right, rng)
    hits, share = right.tolist(), n_right / plan.n_labels
    weak, poor, passed = (first_below(hits, plan.n_labels, bound) for bound in (WEAK, POOR, share))
    return weak, poor, passed is not None


def _audit_growing(
    plan: AuditPlan, right: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[int | None, int | None, bool]:
    """By the code that draws in the product; the bound of each look is about the labels that there are by then."""
    circle = rng.permutation(plan.n_labels).tolist()  # of all texts, in the order of their hashes
    names = {text: str(text) for text in circle}
    drawn: list[str] = []
    settled: set[str] = set()
    first: dict[float, int] = {}
    passed = False
    assert plan.per_round is not None
    for n_labels in range(plan.per_round, plan.n_labels + 1, plan.per_round):
        ordered = [names[text] for text in circle if text < n_labels]
        truth = float(right[:n_labels].mean())
        for _ in range(plan.n_audited or n_labels):
            drawn.extend(next_draws(ordered, set(drawn), settled, 1))
            settled.update(drawn)
            hits = [bool(right[int(name)]) for name in settled_sample(ordered, drawn, settled).members]
            bound = at_most(hits, n_labels)
            passed |= bound < truth
            for level in (WEAK, POOR):
                if bound < level:
                    first.setdefault(level, len(hits))
    return first.get(WEAK), first.get(POOR), passed
