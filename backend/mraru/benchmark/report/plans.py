"""What is to be measured: sections of a report, each a list of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mraru.benchmark.core.run_spec import RunSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Runs that are shown together."""

    title: str
    intro: str
    specs: tuple[RunSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole report."""

    title: str
    command: str  # that makes it
    sections: tuple[Section, ...]

    @property
    def specs(self) -> list[RunSpec]:
        """Every run once."""
        return list(dict.fromkeys(spec for section in self.sections for spec in section.specs))

    def with_fingerprints(self, fingerprints: Mapping[str, str]) -> Plan:
        """The same runs on these very data, by name of the data set."""
        sections = tuple(
            replace(
                section,
                specs=tuple(replace(spec, fingerprint=fingerprints[spec.data_set]) for spec in section.specs),
            )
            for section in self.sections
        )
        return replace(self, sections=sections)


def cross(
    base: RunSpec, data_sets: Sequence[str], students: Sequence[str], rules: Sequence[str], seeds: Sequence[int]
) -> tuple[RunSpec, ...]:
    """Every combination, the seeds of one curve together.

    >>> base = RunSpec(data_set="", student="", rule="", seed=0, budget=100)
    >>> [(spec.rule, spec.seed) for spec in cross(base, ["trec"], ["svm"], ["random", "paper"], [0, 1])]
    [('random', 0), ('random', 1), ('paper', 0), ('paper', 1)]
    """
    return tuple(
        replace(base, data_set=data_set, student=student, rule=rule, seed=seed)
        for data_set in data_sets
        for student in students
        for rule in rules
        for seed in seeds
    )


def plan_comparison(
    bases: Sequence[RunSpec],
    data_sets: Sequence[str],
    students: Sequence[str],
    rules: Sequence[str],
    seeds: Sequence[int],
    command: str,
    *,
    pool_end: bool = False,
) -> Plan:
    """One section for each data set, with every student, rule and condition.

    Args:
        bases: one for each condition, such as no noise and 10 %.
        pool_end: compare also with what random sampling has when every text is labelled.
    """
    ends = tuple(base.pool_end for base in bases) if pool_end else ()
    return Plan(
        title="Benchmark",
        command=command,
        sections=tuple(
            Section(
                title=data_set,
                intro=f"{len(seeds)} seeds of every curve.",
                specs=(
                    *(spec for base in bases for spec in cross(base, [data_set], students, rules, seeds)),
                    *(spec for end in ends for spec in cross(end, [data_set], students, [end.rule], seeds)),
                ),
            )
            for data_set in data_sets
        ),
    )
