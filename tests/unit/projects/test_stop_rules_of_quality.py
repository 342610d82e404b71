"""Rules that end the rounds because more would bring little: when they fire, when not, and what they say."""

from __future__ import annotations

import pytest

from fakes.rounds import learning_rounds, make_round, make_rounds
from mraru.projects.stopping.quality_rules import (
    RuleName,
    acceptance_is_low,
    accuracy_is_reached,
    gain_is_low,
    predictions_are_stable,
    rules_that_hold,
)
from mraru.settings.stopping_settings import StoppingSettings
from mraru.store.projects.round_repository import Round, RoundKind

ALL_ON = StoppingSettings(
    stop_acceptance_rate=0.9, stop_kappa=0.5, stop_accuracy=0.1, stop_accuracy_min_gold=1, stop_gain_per_usd=1e6
)
DONE = {"kappa": 1.0, "n_compared": 500, "n_gold_checked": 400, "n_gold_right": 390}
COSTS = {number: 0.01 for number in range(1, 100)}


def test_no_rule_is_on_by_default() -> None:
    rounds = make_rounds(50, mean_uncertainty=0.0, **DONE)
    assert rules_that_hold(rounds, COSTS, StoppingSettings()) == {}


def test_all_rules_that_hold_are_named() -> None:
    held = rules_that_hold(make_rounds(20, **DONE), COSTS, ALL_ON)
    assert list(held) == [name.value for name in RuleName]
    assert all(reason.startswith(f"{name}: ") for name, reason in held.items())


def test_no_rule_fires_before_the_least_number_of_sampled_rounds() -> None:
    unsampled = [make_round(number, kind=RoundKind.CORRECTIONS, **DONE) for number in range(50, 90)]
    assert rules_that_hold(make_rounds(4, **DONE) + unsampled, COSTS, ALL_ON) == {}
    assert RuleName.STABLE_PREDICTIONS in rules_that_hold(make_rounds(5, **DONE), COSTS, ALL_ON)


def test_acceptance_under_its_floor_for_some_rounds_in_a_row_stops() -> None:
    rounds = make_rounds(4) + make_rounds(3, mean_uncertainty=0.04)
    assert acceptance_is_low(rounds, 0.05, 3) == (
        "the paper's rule would accept 4.00% of the visited texts in the last 3 rounds, under 5.00% "
        "(MRARU_STOP_ACCEPTANCE_RATE)"
    )


@pytest.mark.parametrize(
    "rounds",
    [
        make_rounds(2, mean_uncertainty=0.04),
        [*make_rounds(2, mean_uncertainty=0.04), make_round(3, mean_uncertainty=0.05)],
        [make_round(1, mean_uncertainty=0.06), *make_rounds(2, mean_uncertainty=0.01)],
        make_rounds(3, mean_uncertainty=None, n_visited=2500),
    ],
    ids=["too few rounds", "at the floor", "one round above", "without a student"],
)
def test_acceptance_that_is_not_low_for_long_enough_goes_on(rounds: list[Round]) -> None:
    assert acceptance_is_low(rounds, 0.05, 3) is None


def test_a_steered_acceptance_rate_is_no_reason_to_stop() -> None:
    steered = make_rounds(5, n_visited=2500, n_accepted=25, mean_uncertainty=0.4)  # 1 % by choice
    assert acceptance_is_low(steered, 0.05, 3) is None


def test_students_that_say_the_same_for_some_rounds_in_a_row_stop() -> None:
    rounds = make_rounds(4, kappa=0.9, n_compared=500) + make_rounds(3, kappa=0.992, n_compared=500)
    assert predictions_are_stable(rounds, 0.99, 3) == (
        "kappa 0.992, 0.992, 0.992 between the students of the last 3 rounds on 500 unlabelled texts, "
        "at least 0.99 (MRARU_STOP_KAPPA)"
    )


@pytest.mark.parametrize(
    "rounds",
    [
        make_rounds(2, kappa=1.0, n_compared=500),
        [make_round(1, kappa=0.98, n_compared=500), *make_rounds(2, kappa=1.0, n_compared=500)],
        make_rounds(3, kappa=1.0, n_compared=99),
        make_rounds(3, kappa=None, n_compared=500),
    ],
    ids=["too few rounds", "one below", "too few texts", "not defined"],
)
def test_students_that_are_not_known_to_agree_go_on(rounds: list[Round]) -> None:
    assert predictions_are_stable(rounds, 0.99, 3) is None


def test_the_lower_end_of_the_interval_must_reach_the_target() -> None:
    reached = [make_round(n_gold_checked=200, n_gold_right=190)]  # 95 %, from 91.0 %
    assert accuracy_is_reached(reached, 0.91, 100) == (
        "the student is right on 190 of 200 texts that people labelled, the doubtful ones first, which is safely above "
        "the target 91.0% (MRARU_STOP_ACCURACY)"
    )
    assert accuracy_is_reached(reached, 0.92, 100) is None


def test_few_gold_labels_reach_no_target() -> None:
    assert accuracy_is_reached([make_round(n_gold_checked=99, n_gold_right=99)], 0.9, 100) is None


def test_the_last_student_counts_also_after_corrections_alone() -> None:
    rounds = [
        make_round(1, n_gold_checked=200, n_gold_right=200),
        make_round(2, kind=RoundKind.CORRECTIONS, n_gold_checked=210, n_gold_right=150),
    ]
    assert accuracy_is_reached(rounds, 0.9, 100) is None


def test_a_dollar_that_buys_too_little_stops() -> None:
    rounds = learning_rounds(10, per_round=0.001)  # half a point in five rounds, for 5 dollars
    assert gain_is_low(rounds, dict.fromkeys(range(1, 11), 1.0), 0.2, 5) == (
        "the last 5 rounds cost $5.0000 and brought +0.50 points of agreement and +0.50 of confidence, 0.10 per "
        "dollar, under 0.2 (MRARU_STOP_GAIN_PER_USD)"
    )


@pytest.mark.parametrize(
    ("rounds", "cost_usd"),
    [
        (learning_rounds(9, per_round=0.001), 1.0),
        (learning_rounds(10, per_round=0.01), 1.0),
        (learning_rounds(10, per_round=0.0), 0.0),
        (learning_rounds(10, per_round=0.0, mean_confidence=None), 1.0),
    ],
    ids=["too few rounds", "enough gain", "free of charge", "nothing measured"],
)
def test_rounds_that_are_worth_their_price_go_on(rounds: list[Round], cost_usd: float) -> None:
    assert gain_is_low(rounds, dict.fromkeys(range(1, 11), cost_usd), 0.2, 5) is None


def test_a_gain_in_confidence_alone_is_a_gain() -> None:
    rounds = [
        make_round(number, estimated_agreement=0.6, mean_confidence=0.5 + 0.01 * number) for number in range(1, 11)
    ]
    assert gain_is_low(rounds, dict.fromkeys(range(1, 11), 1.0), 0.2, 5) is None


def test_what_earlier_rounds_cost_does_not_count() -> None:
    rounds = learning_rounds(10, per_round=0.01)
    dear_before = dict.fromkeys(range(1, 6), 1000.0) | dict.fromkeys(range(6, 11), 1.0)
    assert gain_is_low(rounds, dear_before, 0.9, 5) is None
