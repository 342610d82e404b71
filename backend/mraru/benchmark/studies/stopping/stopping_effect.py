"""When the rules of quality would have ended the rounds, and what stopping then is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.measures import measure_quality
from mraru.benchmark.core.run_students import NO_CALIBRATION, make_student
from mraru.benchmark.replay.replay import Replay, ReplaySpec, replay_rounds
from mraru.projects.stopping.quality_rules import RuleName, rules_that_hold
from mraru.settings.stopping_settings import StoppingSettings

ROUNDS_LATER = 10  # after which accuracy is looked at again
N_CHECKED = 10  # texts that people label after each round
USD_PER_LABEL = 0.001  # assumed, so that there is a gain per dollar


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedRun:
    """A run that went on to its end, and the accuracy of a student that learned the whole pool."""

    replay: Replay
    pool_accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where one rule would have ended one run."""

    n_rounds: int  # of the sampler
    n_labels: int  # of the teacher, seeding included
    accuracy: float  # of the student then, on the texts held out
    accuracy_later: float | None  # ten rounds later; None: the run was over


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingOutcome:
    """One rule over all seeds of one data set and student."""

    data_set: str
    student: str
    rule: RuleName
    n_rounds: tuple[int, ...]  # of each seed's whole run
    stops: tuple[Stop | None, ...]  # by seed; None: it did not fire
    end_accuracy: tuple[float, ...]  # at the end of the run, by seed
    pool_accuracy: tuple[float, ...]  # with the whole pool labelled, by seed


def measure_stopping(spec: ReplaySpec, data_set: DataSet) -> StoppedRun:
    """Replay one run in spite of all rules, and train on the whole pool.

    Raises:
        BenchmarkError: as `replay_rounds`.
    """
    student = make_student(replace(spec.run, calibration=NO_CALIBRATION))  # does not ask how sure it is
    student.fit(data_set.X, data_set.y)
    return StoppedRun(
        replay=replay_rounds(spec, data_set),
        pool_accuracy=measure_quality(student, data_set.X_test, data_set.y_test).accuracy,
    )


def find_stops(runs: Sequence[StoppedRun], options: StoppingSettings) -> list[StoppingOutcome]:
    """Where each rule fires first, for each data set and student.

    Args:
        options: thresholds; a rule whose threshold is None is left out.
    """
    groups: dict[tuple[str, str], list[StoppedRun]] = {}
    for run in runs:
        groups.setdefault((run.replay.spec.data_set, run.replay.spec.run.student), []).append(run)
    return [
        StoppingOutcome(
            data_set=data_set,
            student=student,
            rule=rule,
            n_rounds=tuple(_n_sampled(run.replay) for run in group),
            stops=tuple(_first_stop(run.replay, rule, options) for run in group),
            end_accuracy=tuple(run.replay.rounds[-1].accuracy for run in group),
            pool_accuracy=tuple(run.pool_accuracy for run in group),
        )
        for (data_set, student), group in groups.items()
        for rule, threshold in thresholds(options).items()
        if threshold is not None
    ]


def thresholds(options: StoppingSettings) -> Mapping[RuleName, float | None]:
    """What turns each rule on."""
    return {
        RuleName.STABLE_PREDICTIONS: options.stop_kappa,
        RuleName.ACCEPTANCE_RATE: options.stop_acceptance_rate,
        RuleName.TARGET_ACCURACY: options.stop_accuracy,
        RuleName.GAIN_PER_DOLLAR: options.stop_gain_per_usd,
    }


def _first_stop(replay: Replay, rule: RuleName, options: StoppingSettings) -> Stop | None:
    costs_usd = {done.round_.number: USD_PER_LABEL * done.round_.n_accepted for done in replay.rounds}
    for index, done in enumerate(replay.rounds):
        if rule.value in rules_that_hold(replay.rounds_until(index), costs_usd, options):
            later = index + ROUNDS_LATER
            return Stop(
                n_rounds=index,
                n_labels=done.round_.n_labels,
                accuracy=done.accuracy,
                accuracy_later=replay.rounds[later].accuracy if later < len(replay.rounds) else None,
            )
    return None


def _n_sampled(replay: Replay) -> int:
    return sum(done.round_.is_sampled for done in replay.rounds)
