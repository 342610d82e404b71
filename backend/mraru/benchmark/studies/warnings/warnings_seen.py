"""Which warnings runs give that go well or ill, and from which round on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mraru.benchmark.replay.replay import Replay
from mraru.projects.diagnoses.diagnostics import DiagnosisCode, diagnose, recent_agreement

FIRST_COUNTED = 8  # round from which contradicted labels are counted: folds of earlier students know little


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One warning in one run."""

    first: int  # round of the sampler after which it was first given
    n_rounds: int  # after which it stood


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningsSeen:
    """All seeds of one data set, student, calibration and noise."""

    data_set: str
    student: str
    calibration: str
    noise: float  # share of labels that the simulated teacher gets wrong
    n_rounds: tuple[int, ...]  # of each seed's run
    sightings: Mapping[DiagnosisCode, tuple[Sighting, ...]]  # of the seeds that gave the warning
    contradicted: tuple[float, ...]  # shares of the teacher's labels, of all rounds from the eighth on
    agreement: tuple[float, ...]  # with the teacher, of all rounds that have enough labels to go by it


def find_warnings(replays: Sequence[Replay]) -> list[WarningsSeen]:
    """Diagnose after every round of every run, as the product does."""
    groups: dict[tuple[str, str, str, float], list[Replay]] = {}
    for replay in replays:
        run = replay.spec.run
        groups.setdefault((run.data_set, run.student, run.calibration, run.noise), []).append(replay)
    return [
        WarningsSeen(
            data_set=data_set,
            student=student,
            calibration=calibration,
            noise=noise,
            n_rounds=tuple(len(replay.rounds) - 1 for replay in group),
            sightings=_sightings(group),
            contradicted=tuple(share for replay in group for share in _contradicted(replay)),
            agreement=tuple(share for replay in group for share in _agreement(replay)),
        )
        for (data_set, student, calibration, noise), group in groups.items()
    ]


def _sightings(replays: Sequence[Replay]) -> dict[DiagnosisCode, tuple[Sighting, ...]]:
    found: dict[DiagnosisCode, list[Sighting]] = {code: [] for code in DiagnosisCode}
    for replay in replays:
        given: dict[DiagnosisCode, list[int]] = {}
        for index, done in enumerate(replay.rounds):
            for diagnosis in diagnose(replay.rounds_until(index), done.taught):
                given.setdefault(diagnosis.code, []).append(index)
        for code, indices in given.items():
            found[code].append(Sighting(first=indices[0], n_rounds=len(indices)))
    return {code: tuple(listed) for code, listed in found.items()}


def _contradicted(replay: Replay) -> list[float]:
    rounds = replay.rounds_until(len(replay.rounds))[FIRST_COUNTED:]
    return [round_.n_contradicted / round_.n_judged for round_ in rounds if round_.n_judged]


def _agreement(replay: Replay) -> list[float]:
    measured = (
        recent_agreement(replay.rounds_until(index), done.taught.n_classes) for index, done in enumerate(replay.rounds)
    )
    return [share for share in measured if share is not None]
