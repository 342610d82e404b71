"""The measurements of arXiv:2511.11574 and its open questions: `mraru benchmark paper`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mraru.benchmark.core.run_spec import BY_CHANCE, Aggregation, Ensemble, NoiseKind, RunSpec
from mraru.benchmark.report.plans import Plan, Section, cross
from mraru.benchmark.report.run_summary import EXHAUSTIVE_MARGIN, RANDOM

BUDGETS = (100, 250, 500, 1000)  # labels
NOISE_LEVELS = (0.0, 0.1, 0.2, 0.3)
TEMPERATURES = (0.2, 1.0, 5.0)


def plan_paper(
    base: RunSpec,
    data_sets: Sequence[str],
    students: Sequence[str],
    rules: Sequence[str],
    seeds: Sequence[int],
    command: str,
    calibration: str | None,
) -> Plan:
    """Random against M-RARU for each student, then what the paper leaves open, with the first student.

    Args:
        base: budget, batch size and how often to retrain.
        rules: M-RARU's rules to look at; random and exhaustive margin stand beside them.
        calibration: to compare with none; None leaves that section out.
    """
    student = students[0]
    compared = (RANDOM, *rules)

    def runs(changed: RunSpec, chosen_students: Sequence[str], chosen_rules: Sequence[str]) -> tuple[RunSpec, ...]:
        return cross(changed, data_sets, chosen_students, chosen_rules, seeds)

    sections = [
        Section(
            title="Random against M-RARU",
            intro="Labels until each student is as good as random sampling makes it in the end.",
            specs=runs(base, students, (*compared, EXHAUSTIVE_MARGIN)),
        )
    ]
    if calibration is not None:
        sections.append(
            Section(
                title="Acceptance with and without calibration",
                intro="How often each student has a visited text accepted, as it is and calibrated.",
                specs=runs(base, students, rules) + runs(replace(base, calibration=calibration), students, rules),
            )
        )
    sections += [
        Section(
            title="Budget sweep",
            intro="The quality that a fixed number of labels buys.",
            specs=tuple(
                spec
                for budget in BUDGETS
                if base.budget is None or budget <= base.budget
                for spec in runs(replace(base, budget=budget), [student], compared)
            ),
        ),
        Section(
            title="A student that is wrong about itself",
            intro="Its logits are divided by the temperature: below 1 it is too certain, above 1 too unsure. "
            "Which class it names does not change. Calibration, where named, is to undo it.",
            specs=tuple(
                spec
                for method in filter(None, (base.calibration, calibration))
                for temperature in TEMPERATURES
                for spec in runs(replace(base, temperature=temperature, calibration=method), [student], compared)
            ),
        ),
        Section(
            title="A noisy teacher",
            intro="Uniform noise names any other class; class noise always the nearest one.",
            specs=tuple(
                spec
                for kind in BY_CHANCE
                for noise in NOISE_LEVELS
                if noise or kind is NoiseKind.UNIFORM
                for spec in runs(replace(base, noise_kind=kind, noise=noise), [student], compared)
            ),
        ),
        Section(
            title="An ensemble of weak teachers",
            intro="Three teachers that are right in 70 % of cases, independently, against one of them alone. "
            "Each text costs a call of each teacher.",
            specs=tuple(
                spec
                for ensemble in (
                    Ensemble(n_teachers=1),
                    Ensemble(aggregation=Aggregation.MAJORITY),
                    Ensemble(aggregation=Aggregation.DAWID_SKENE),
                )
                for spec in runs(replace(base, ensemble=ensemble), [student], compared)
            ),
        ),
    ]
    return Plan(title="The paper's measurements, and its open questions", command=command, sections=tuple(sections))
