"""What another package's strategy or acceptance rule gives is held to what rounds rely on."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from mraru.errors import PluginInvalid
from mraru.interfaces import Pool, Student
from mraru.query_strategies.acceptance.acceptance_rule import AcceptanceRule
from mraru.query_strategies.acceptance.brought_rule import BroughtRule
from mraru.query_strategies.brought_sampler import BroughtSampler
from mraru.selection_records import Selection, SelectionEnd, Visit

Numbers = NDArray[np.float64]


class SomebodysRule:
    """Tells what a test has it tell."""

    name = "theirs"

    def __init__(self, tell: Callable[[Numbers], object]) -> None:
        self.tell = tell

    def measure(self, probabilities: Numbers) -> object:
        return self.tell(probabilities[:, 0])

    def steer(self, visited: Numbers) -> SomebodysRule:
        return self

    def acceptance_probability(self, uncertainties: Numbers) -> object:
        return self.tell(uncertainties)


def fail(numbers: Numbers) -> object:
    raise RuntimeError("the text")


@pytest.mark.parametrize(
    "tell", [fail, lambda n: n + 5, lambda n: -n, lambda n: n * np.nan, lambda n: n[:-1], lambda n: None]
)
def test_a_rule_that_gives_no_probability_is_told_by_its_name(tell: Callable[[Numbers], object]) -> None:
    rule = BroughtRule(cast(AcceptanceRule, SomebodysRule(tell)), "theirs")
    shares = np.array([[0.5, 0.5], [0.25, 0.75]])
    for ask in (rule.measure, lambda given: rule.steer(given[:, 0]).acceptance_probability(given[:, 0])):
        with pytest.raises(
            PluginInvalid,
            match=r"^The acceptance rule 'theirs' \(MRARU_ACCEPTANCE_RULE\): (?!.*text\b)"
            if tell is fail
            else r"^The acceptance rule 'theirs'",
        ):
            ask(shares)


class HalfPool:
    """Holds a text at each even position."""

    n_positions = 10

    def __len__(self) -> int:
        return 5

    def holds(self, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
        return cast(NDArray[np.bool_], positions % 2 == 0)

    def embed(self, positions: NDArray[np.intp]) -> NDArray[np.float32]:
        return np.zeros((len(positions), 2), dtype=np.float32)


def visits(*positions: object) -> Selection:
    made = [
        Visit(position=each, acceptance_probability=1.0, accepted=True, pass_number=1)  # type: ignore[arg-type]
        for each in positions
    ]
    return Selection(visits=tuple(made), end=SelectionEnd.BATCH_FULL)


class SomebodysSampler:
    name = "theirs"

    def __init__(self, given: object) -> None:
        self.given = given

    def select_batch(self, *arguments: object) -> Selection:
        if isinstance(self.given, Exception):
            raise self.given
        return self.given  # type: ignore[return-value]


def select(given: object) -> Selection:
    sampler = BroughtSampler(SomebodysSampler(given))
    return sampler.select_batch(cast(Student, None), cast(Pool, HalfPool()), 2, np.random.default_rng(0))


def test_a_selection_of_texts_that_the_pool_holds_is_taken() -> None:
    assert select(visits(4, 2)) == visits(4, 2)


@pytest.mark.parametrize(
    "given",
    [
        RuntimeError("the text"),
        None,
        visits(1),  # no text stands there, or it is labelled
        visits(-2),
        visits(10),
        visits(0.5),
        visits(np.int64(2)),
        visits(2, 2),
        visits(),
        visits(0, 2, 4),
        Selection(visits=(), end=cast(SelectionEnd, None)),
    ],
)
def test_a_selection_that_no_round_can_ask_about_is_told_by_the_name_of_its_strategy(given: object) -> None:
    with pytest.raises(PluginInvalid, match=r"^The query strategy 'theirs' \(MRARU_SAMPLER\): "):
        select(given)
