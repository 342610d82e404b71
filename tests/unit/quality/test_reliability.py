"""What is fitted, against teachers and students whose faults are known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mraru.interfaces import Probabilities
from mraru.quality.posterior.posterior import NOBODY, Reliability, Statements, posterior
from mraru.quality.posterior.reliability import ReliabilityPrior, fit_reliability, posterior_left_out

PRIOR = ReliabilityPrior()
N_CLASSES = 4


@dataclass(frozen=True, kw_only=True)
class World:
    """Texts with a true class, the class that the teacher's labels teach, and what student and teacher say."""

    truth: NDArray[np.intp]
    statements: Statements  # without people

    def check(self, rows: NDArray[np.intp]) -> tuple[Statements, NDArray[np.float64]]:
        """People label these texts rightly; returns what is said of them and of what the teacher labelled."""
        people = np.full(len(self.truth), NOBODY, dtype=np.intp)
        people[rows] = self.truth[rows]
        known = np.flatnonzero((people != NOBODY) | (self.statements.teacher != NOBODY))
        return replace(self.statements, people=people).take(known), (people[known] != NOBODY).astype(np.float64)

    def judge(self, reliability: Reliability) -> Probabilities:
        return posterior(self.statements, reliability)


def make_world(
    seed: int,
    *,
    slip: float = 0.05,
    accuracy: float = 1.0,
    mistaken: bool = False,
    n_texts: int = 4000,
    asked: int = 600,
) -> World:
    """A student that knows the taught class of most texts.

    Args:
        slip: how often the teacher names another class than it teaches.
        accuracy: how often what it teaches is true; all errors are of class 0, taken for class 1, where `mistaken`.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, N_CLASSES, n_texts)
    other = (truth + rng.integers(1, N_CLASSES, n_texts)) % N_CLASSES
    is_wrong = rng.random(n_texts) > accuracy
    taught = np.where(is_wrong, other, truth)
    if mistaken:
        taught = np.where(truth == 0, 1, truth)
    evidence = rng.normal(size=(n_texts, N_CLASSES))
    evidence[np.arange(n_texts), taught] += 3.0
    weights = np.exp(3.0 * evidence)  # the true odds, given normal evidence
    student = weights / weights.sum(axis=1, keepdims=True)
    teacher = np.full(n_texts, NOBODY, dtype=np.intp)
    labels = np.where(rng.random(n_texts) < slip, (taught + rng.integers(1, N_CLASSES, n_texts)) % N_CLASSES, taught)
    teacher[:asked] = labels[:asked]
    statements = Statements(
        student=student,
        heard=np.ones(n_texts),
        teacher=teacher,
        teacher_offset=np.zeros(n_texts),
        people=np.full(n_texts, NOBODY, dtype=np.intp),
    )
    return World(truth=truth, statements=statements)


def audit(world: World, n_audited: int, seed: int = 0) -> Reliability:
    rows = np.random.default_rng(seed).choice(len(world.truth), n_audited, replace=False)
    statements, weights = world.check(rows)
    return fit_reliability(statements, weights, PRIOR)


def mean_distance(world: World, found: Probabilities) -> float:
    """Between how often labels are right and how likely they are said to be."""
    return abs(float(found.max(axis=1).mean() - (found.argmax(axis=1) == world.truth).mean()))


@pytest.mark.parametrize("accuracy", [0.5, 0.7, 0.9, 1.0])
def test_with_an_audit_labels_are_right_as_often_as_they_say(accuracy: float) -> None:
    distances = [
        mean_distance(world, world.judge(audit(world, 200, seed)))
        for seed in range(5)
        for world in [make_world(seed, accuracy=accuracy)]
    ]
    assert np.mean(distances) < 0.05


def test_before_anybody_looked_a_good_teacher_is_believed_and_a_weak_kind_is_not() -> None:
    world = make_world(1)
    statements, weights = world.check(np.array([], dtype=np.intp))
    usual = fit_reliability(statements, weights, PRIOR)
    weak = fit_reliability(statements, weights, replace(PRIOR, accuracy=(1.8, 1.2)))
    assert world.judge(usual).max(axis=1).mean() > 0.85
    assert world.judge(weak).max(axis=1).mean() < 0.65


def test_what_the_student_learned_from_the_teacher_does_not_make_its_errors_likely() -> None:
    world = make_world(2, accuracy=0.6)
    found = audit(world, 60)
    agree = world.statements.student.argmax(axis=1) == world.statements.teacher
    assert world.judge(found)[agree].max(axis=1).mean() < 0.75  # both agree, and are right in 60 of 100


def test_a_class_that_is_always_mistaken_is_found_out() -> None:
    world = make_world(3, mistaken=True)
    before, after = audit(world, 0), audit(world, 200)
    is_taught = world.statements.student.argmax(axis=1) == 1
    assert world.judge(before)[is_taught, 1].mean() > 0.8
    assert world.judge(after)[is_taught, 1].mean() == pytest.approx(0.5, abs=0.12)
    assert world.judge(after)[is_taught, 0].mean() == pytest.approx(0.5, abs=0.12)
    others = np.isin(world.truth, [2, 3])
    assert (world.judge(after)[others].argmax(axis=1) == world.truth[others]).mean() > 0.9


def test_a_teacher_that_slips_is_outvoted_by_a_student_that_is_sure() -> None:
    careful, careless = make_world(4, slip=0.0), make_world(4, slip=0.4)
    for world, at_least in ((careful, 0.99), (careless, 0.9)):
        statements, weights = world.check(np.array([], dtype=np.intp))
        found = world.judge(fit_reliability(statements, weights, PRIOR))
        asked = world.statements.teacher != NOBODY
        assert (found[asked].argmax(axis=1) == world.truth[asked]).mean() > at_least


def test_an_audited_text_has_no_part_in_what_would_be_said_of_it() -> None:
    world = make_world(5, mistaken=True)
    rows = np.arange(3)
    statements, weights = world.check(rows)
    found = fit_reliability(statements, weights, PRIOR)
    checked = statements.people != NOBODY
    left_out = posterior_left_out(statements.take(checked), weights[checked], found)
    together = posterior(replace(statements, people=np.full(len(weights), NOBODY)), found)[checked]
    own = statements.people[checked]
    assert (left_out[np.arange(3), own] <= together[np.arange(3), own] + 1e-9).all()


def test_labels_that_weigh_nothing_change_nothing() -> None:
    world = make_world(6, accuracy=0.5)
    statements, weights = world.check(np.arange(100))
    without, _ = world.check(np.array([], dtype=np.intp))
    ignored = fit_reliability(statements, np.zeros_like(weights), PRIOR)
    assert ignored.truth == pytest.approx(fit_reliability(without, np.zeros(len(without.teacher)), PRIOR).truth)


def test_the_same_is_fitted_every_time() -> None:
    first, second = (audit(make_world(7), 50) for _ in range(2))
    assert (first.sharpness, first.slip, first.temperature) == (second.sharpness, second.slip, second.temperature)


def test_nothing_at_all_gives_what_is_usual() -> None:
    nothing = Statements(
        student=np.empty((0, 3)),
        heard=np.empty(0),
        teacher=np.empty(0, dtype=np.intp),
        teacher_offset=np.empty(0),
        people=np.empty(0, dtype=np.intp),
    )
    found = fit_reliability(nothing, np.empty(0), PRIOR)
    assert np.diag(found.truth) == pytest.approx(PRIOR.accuracy[0] / sum(PRIOR.accuracy), abs=0.02)


def test_a_student_that_learned_from_people_is_believed_by_itself() -> None:
    """The teacher names anything; the student, which people have taught, is right in nine of ten."""
    rng = np.random.default_rng(3)
    n_texts, n_checked = 400, 60
    truth = rng.integers(N_CLASSES, size=n_texts)
    said_class = np.where(rng.random(n_texts) < 0.9, truth, rng.integers(N_CLASSES, size=n_texts))
    student = np.full((n_texts, N_CLASSES), 0.1 / (N_CLASSES - 1))
    student[np.arange(n_texts), said_class] = 0.9
    said = Statements(
        student=student,
        heard=np.ones(n_texts),
        teacher=rng.integers(N_CLASSES, size=n_texts),
        teacher_offset=np.zeros(n_texts),
        people=np.where(np.arange(n_texts) < n_checked, truth, NOBODY),
    )
    few = replace(said, people=np.where(np.arange(n_texts) < 2, truth, NOBODY))
    nobody = replace(said, people=np.full(n_texts, NOBODY))
    alone = [
        fit_reliability(statements, (statements.people != NOBODY).astype(np.float64), PRIOR).alone
        for statements in (nobody, few, said)
    ]
    assert alone[0] == 0.0 < alone[1] < 0.2 < 0.3 < alone[2]
    judged = posterior(nobody, fit_reliability(said, (said.people != NOBODY).astype(np.float64), PRIOR))
    unseen = np.arange(n_texts) >= n_checked
    assert (judged.argmax(axis=1) == truth)[unseen].mean() > 0.85


def test_a_student_that_errs_with_its_teacher_is_not() -> None:
    assert audit(make_world(5, mistaken=True), 200).alone < 0.1
