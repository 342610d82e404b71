"""What every stopping criterion must keep to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from mraru.projects.stopping.stopping_criterion import StoppingCriterion
from mraru.selection_records import SelectionEnd
from mraru.store.projects.round_repository import Round, RoundKind, RoundStep

UNMEASURED = Round(
    project_id=1,
    number=1,
    kind=RoundKind.MRARU,
    step=RoundStep.DONE,
    student="logreg",
    model_version="mraru-logreg-1",
    n_pool=1000,
    n_visited=100,
    n_accepted=25,
    selection_end=SelectionEnd.BATCH_FULL,
    n_labels=25,
    n_gold=0,
    agreement=None,
    n_pushed=0,
    training_s=None,
    started_at=0.0,
    finished_at=1.0,
)


def unmeasured_rounds(n_rounds: int) -> list[Round]:
    """Rounds of which nothing is known but that they were."""
    return [replace(UNMEASURED, number=number + 1, n_labels=25 * (number + 1)) for number in range(n_rounds)]


def measured_rounds(n_rounds: int, seed: int) -> list[Round]:
    """Rounds with figures at random, some of them not measured."""
    rng = np.random.default_rng(seed)

    def figure() -> float | None:
        return float(rng.random()) if rng.random() < 0.8 else None

    return [
        replace(
            each,
            agreement=figure(),
            estimated_agreement=figure(),
            mean_uncertainty=figure(),
            mean_confidence=figure(),
            kappa=figure(),
            n_compared=int(rng.integers(0, 500)),
            n_gold=int(rng.integers(0, 200)),
        )
        for each in unmeasured_rounds(n_rounds)
    ]


def costs_of(rounds: Sequence[Round]) -> dict[int, float]:
    return {each.number: 0.01 for each in rounds}


class StoppingCriterionLaws:
    """Inherit from it in a class of tests, and give the criterion as `criterion`."""

    @pytest.fixture(scope="class")
    @classmethod
    def criterion(cls) -> StoppingCriterion:
        raise NotImplementedError("a class of tests says which criterion it tests")

    def test_it_ends_nothing_before_there_are_rounds(self, criterion: StoppingCriterion) -> None:
        assert criterion.reason_to_stop([], {}) is None

    @pytest.mark.parametrize("n_rounds", [1, 3, 40])
    def test_it_ends_nothing_where_nothing_was_measured(self, criterion: StoppingCriterion, n_rounds: int) -> None:
        rounds = unmeasured_rounds(n_rounds)
        assert criterion.reason_to_stop(rounds, costs_of(rounds)) is None

    def test_it_gets_by_without_costs(self, criterion: StoppingCriterion) -> None:
        criterion.reason_to_stop(measured_rounds(20, seed=0), {})

    @pytest.mark.parametrize("seed", range(20))
    def test_the_same_rounds_give_the_same_answer_in_words_or_none(
        self, criterion: StoppingCriterion, seed: int
    ) -> None:
        rounds = measured_rounds(1 + seed, seed)
        said = criterion.reason_to_stop(rounds, costs_of(rounds))
        criterion.reason_to_stop(measured_rounds(30, seed + 100), {})
        assert criterion.reason_to_stop(rounds, costs_of(rounds)) == said, "it must remember nothing"
        assert said is None or (isinstance(said, str) and said.strip())

    def test_what_it_looks_at_is_not_changed(self, criterion: StoppingCriterion) -> None:
        rounds = measured_rounds(20, seed=1)
        given, costs_usd = list(rounds), costs_of(rounds)
        criterion.reason_to_stop(given, costs_usd)
        assert (given, costs_usd) == (rounds, costs_of(rounds))
