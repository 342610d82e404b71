"""How soon a weak teacher is called weak, measured by the code that calls it so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mraru.benchmark.studies.teachers.teacher_audit import (
    GROWING,
    AuditOutcome,
    AuditPlan,
    measure_audit,
    measure_audits,
)
from mraru.benchmark.studies.teachers.teacher_audit_report import write_audit_report

FEW = AuditPlan(title="100 labels", n_labels=100)
FEW_GROWING = AuditPlan(title="growing", n_labels=100, per_round=25, n_audited=5)


@pytest.mark.parametrize("plan", [FEW, FEW_GROWING], ids=["all at once", "growing"])
def test_a_weak_teacher_is_called_weak_soon_and_a_good_one_hardly_ever(plan: AuditPlan) -> None:
    weak, good = (measure_audit(plan, accuracy, range(60)) for accuracy in (0.3, 0.95))

    assert weak.share_called(12) > 0.85
    assert weak.share_called() > 0.95
    assert good.share_called() <= 0.05
    assert sum(weak.is_passed) <= 0.1 * 60


def test_an_error_comes_after_the_warning() -> None:
    found = measure_audit(FEW, 0.3, range(20))

    pairs = list(zip(found.weak_after, found.poor_after, strict=True))
    assert all(weak is not None and poor is not None and weak <= poor for weak, poor in pairs)


def test_the_same_seed_draws_the_same_labels() -> None:
    assert measure_audit(FEW_GROWING, 0.6, [3]) == measure_audit(FEW_GROWING, 0.6, [3])
    assert measure_audit(FEW, 0.6, range(5)) != measure_audit(FEW, 0.6, range(5, 10))


def test_growing_labels_are_drawn_more_rarely_but_at_least_once() -> None:
    outcomes = measure_audits(2)

    assert {len(found.weak_after) for found in outcomes if found.plan == GROWING.title} == {1}
    assert {len(found.weak_after) for found in outcomes if found.plan != GROWING.title} == {2}


def test_the_report_says_after_how_many_labels_and_that_nobody_was_asked(tmp_path: Path) -> None:
    outcome = AuditOutcome(
        plan="100 labels",
        accuracy=0.58,
        weak_after=(10, 20, 40, None),
        poor_after=(30, None, None, None),
        is_passed=(False, False, False, True),
    )

    write_audit_report(tmp_path, [outcome], "mraru benchmark teacher-audit")

    text = (tmp_path / "teacher-audit.md").read_text()
    row = "| 100 labels | 58% | 4 | 40 | – | – | 25.0% | 50.0% | 75.0% | 75.0% | 75.0% | 25.0% |"
    assert row in text
    assert "No LLM was asked" in text
    (written,) = json.loads((tmp_path / "teacher-audit.json").read_text())["outcomes"]
    assert written["weak_after"] == [10, 20, 40, None]
