"""Rules that end the rounds because more of them would bring little; each says why, with its figures and setting.

Pure functions over the rounds so far. None fires where its figures were measured too seldom to say anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from statistics import fmean

from mraru.projects.learning.learning_curve import measure_gain
from mraru.projects.stopping.stopping_criterion import StoppingCriterion, ask_criteria
from mraru.quality.audit.intervals import wilson_interval
from mraru.settings.stopping_settings import StoppingSettings
from mraru.store.projects.round_repository import Round

LEAST_COMPARED = 100  # texts of the stop set: of fewer, one change of mind weighs more than 0.01


class RuleName(StrEnum):
    """Rules that people may overrule, unlike a budget."""

    ACCEPTANCE_RATE = "acceptance rate"
    STABLE_PREDICTIONS = "stable predictions"
    TARGET_ACCURACY = "target accuracy"
    GAIN_PER_DOLLAR = "gain per dollar"


def rules_that_hold(
    rounds: Sequence[Round],
    costs_usd: Mapping[int, float],
    config: StoppingSettings,
    criteria: Sequence[StoppingCriterion] = (),
) -> dict[str, str]:
    """The reason of each rule that is on and holds now.

    Args:
        rounds: all rounds of the project that are done, in order.
        costs_usd: what each round really cost, by its number.
        criteria: rules of other packages, beside ours.

    Raises:
        PluginInvalid: one of these fails.
    """
    if sum(round_.is_sampled for round_ in rounds) < config.stop_min_rounds:
        return {}
    reasons = {
        RuleName.ACCEPTANCE_RATE: acceptance_is_low(rounds, config.stop_acceptance_rate, config.stop_rounds),
        RuleName.STABLE_PREDICTIONS: predictions_are_stable(rounds, config.stop_kappa, config.stop_rounds),
        RuleName.TARGET_ACCURACY: accuracy_is_reached(rounds, config.stop_accuracy, config.stop_accuracy_min_gold),
        RuleName.GAIN_PER_DOLLAR: gain_is_low(rounds, costs_usd, config.stop_gain_per_usd, config.stop_gain_rounds),
    }
    held = {name.value: f"{name}: {reason}" for name, reason in reasons.items() if reason is not None}
    return held | ask_criteria(criteria, rounds, costs_usd)


def acceptance_is_low(rounds: Sequence[Round], floor: float | None, n_rounds: int) -> str | None:
    """The student is unsure of too few texts, in each of the last rounds.

    Looks at the mean uncertainty of visited texts, which is the acceptance rate of the paper's rule: the rate of a
    rule that is sharpened or steered says how it was steered.
    """
    if floor is None:
        return None
    rates = [round_.mean_uncertainty for round_ in rounds if round_.is_sampled and round_.mean_uncertainty is not None][
        -n_rounds:
    ]
    if len(rates) < n_rounds or max(rates) >= floor:
        return None
    return (
        f"the paper's rule would accept {fmean(rates):.2%} of the visited texts in the last {n_rounds} rounds, "
        f"under {floor:.2%} (MRARU_STOP_ACCEPTANCE_RATE)"
    )


def predictions_are_stable(rounds: Sequence[Round], least_kappa: float | None, n_rounds: int) -> str | None:
    """Students of successive rounds say the same of the stop set, in each of the last rounds.

    After Bloodgood and Vijay-Shanker, "A Method for Stopping Active Learning Based on Stabilizing Predictions"
    (CoNLL 2009). Rounds that taught too little to change a student's mind have no kappa and are passed over.
    """
    if least_kappa is None:
        return None
    compared = [
        (round_.kappa, round_.n_compared)
        for round_ in rounds
        if round_.is_sampled and round_.kappa is not None and round_.n_compared >= LEAST_COMPARED
    ][-n_rounds:]
    if len(compared) < n_rounds or min(kappa for kappa, _ in compared) < least_kappa:
        return None
    kappas = ", ".join(f"{kappa:.3f}" for kappa, _ in compared)
    return (
        f"kappa {kappas} between the students of the last {n_rounds} rounds on {compared[-1][1]} unlabelled texts, "
        f"at least {least_kappa:g} (MRARU_STOP_KAPPA)"
    )


def accuracy_is_reached(rounds: Sequence[Round], target: float | None, min_gold: int) -> str | None:
    """The student is right often enough on the texts that people labelled, judged without their labels.

    The lower end of Wilson's 95 % interval counts, as a margin: the texts are no sample of all, so the interval is
    told to nobody. People look first where teacher and student agree least, so the student is likely to be right more
    often on all texts: the rule fires late rather than early.
    """
    judged = [round_ for round_ in rounds if round_.student is not None]
    if target is None or not judged:
        return None
    n_right, n_checked = judged[-1].n_gold_right, judged[-1].n_gold_checked
    interval = wilson_interval(n_right, n_checked)
    if n_checked < min_gold or interval is None or interval[0] < target:
        return None
    return (
        f"the student is right on {n_right} of {n_checked} texts that people labelled, the doubtful ones first, which "
        f"is safely above the target {target:.1%} (MRARU_STOP_ACCURACY)"
    )


def gain_is_low(
    rounds: Sequence[Round], costs_usd: Mapping[int, float], floor: float | None, n_rounds: int
) -> str | None:
    """A dollar buys too few percentage points, by agreement and by confidence alike.

    Compares the last rounds with as many before; what the last ones cost is what lies between the two. Rounds
    without a cost (a built-in or a local teacher, answers paid for earlier) never end for this.
    """
    gain = measure_gain(rounds, n_rounds) if floor is not None else None
    if floor is None or gain is None:
        return None
    last = [round_.number for round_ in rounds if round_.is_sampled][-n_rounds:]
    cost_usd = sum(cost for number, cost in costs_usd.items() if number >= last[0])
    if cost_usd <= 0.0:
        return None
    points_per_usd = 100 * gain.larger / cost_usd
    if points_per_usd >= floor:
        return None
    return (
        f"the last {n_rounds} rounds cost ${cost_usd:.4f} and brought {100 * gain.agreement:+.2f} points of agreement "
        f"and {100 * gain.confidence:+.2f} of confidence, {points_per_usd:.2f} per dollar, under {floor:g} "
        "(MRARU_STOP_GAIN_PER_USD)"
    )
