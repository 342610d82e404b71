from __future__ import annotations

import pytest

from mraru.benchmark.core.run_spec import BY_CHANCE, Aggregation, RunSpec
from mraru.benchmark.report.paper_plan import plan_paper
from mraru.benchmark.report.plans import Plan

BASE = RunSpec(data_set="", student="", rule="", seed=0, budget=500)
STUDENTS = ["hgb", "logreg"]


def make_plan(calibration: str | None = "auto") -> Plan:
    return plan_paper(BASE, ["trec"], STUDENTS, ["paper"], range(2), "mraru benchmark paper", calibration)


@pytest.fixture
def sections() -> dict[str, tuple[RunSpec, ...]]:
    return {section.title: section.specs for section in make_plan().sections}


def test_each_student_is_compared_with_random(sections: dict[str, tuple[RunSpec, ...]]) -> None:
    compared = {(spec.student, spec.rule) for spec in sections["Random against M-RARU"]}

    assert {(student, rule) for student in STUDENTS for rule in ("random", "paper")} <= compared


def test_acceptance_is_shown_with_and_without_calibration(sections: dict[str, tuple[RunSpec, ...]]) -> None:
    shown = {(spec.student, spec.calibration) for spec in sections["Acceptance with and without calibration"]}

    assert shown == {(student, method) for student in STUDENTS for method in ("none", "auto")}
    assert "Acceptance with and without calibration" not in {section.title for section in make_plan(None).sections}


def test_the_sweep_stays_within_the_budget(sections: dict[str, tuple[RunSpec, ...]]) -> None:
    assert {spec.budget for spec in sections["Budget sweep"]} == {100, 250, 500}


def test_the_teacher_is_noisy_in_both_ways_at_every_level(sections: dict[str, tuple[RunSpec, ...]]) -> None:
    levels = {(spec.noise_kind, spec.noise) for spec in sections["A noisy teacher"] if spec.noise}

    assert levels == {(kind, noise) for kind in BY_CHANCE for noise in (0.1, 0.2, 0.3)}
    assert any(spec.noise == 0 for spec in sections["A noisy teacher"])


def test_three_weak_teachers_stand_beside_one(sections: dict[str, tuple[RunSpec, ...]]) -> None:
    ensembles = {spec.ensemble for spec in sections["An ensemble of weak teachers"]}

    assert sorted((found.n_teachers, found.accuracy) for found in ensembles if found) == [(1, 0.7), (3, 0.7), (3, 0.7)]
    assert {found.aggregation for found in ensembles if found} == set(Aggregation)


def test_a_run_that_several_sections_show_is_run_once() -> None:
    plan = make_plan()

    assert len(plan.specs) == len(set(plan.specs)) < sum(len(section.specs) for section in plan.sections)
