"""Rules of other packages stand beside ours: the same minimum of rounds, the same ways to overrule them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from mraru.errors import PluginInvalid
from mraru.projects.stopping.quality_rules import rules_that_hold
from mraru.settings.stopping_settings import StoppingSettings
from mraru.store.projects.round_repository import Round
from mraru.testing.stopping_criterion_laws import measured_rounds


class Says:
    """A criterion that says what a test has it say."""

    name = "theirs"

    def __init__(self, said: object) -> None:
        self.said = said
        self.asked: list[tuple[int, Mapping[int, float]]] = []

    def reason_to_stop(self, rounds: Sequence[Round], costs_usd: Mapping[int, float]) -> str | None:
        self.asked.append((len(rounds), costs_usd))
        if isinstance(self.said, Exception):
            raise self.said
        return self.said  # type: ignore[return-value]


def held(criterion: Says, n_rounds: int = 6) -> dict[str, str]:
    config = StoppingSettings(stop_min_rounds=5)
    return rules_that_hold(measured_rounds(n_rounds, seed=0), {1: 0.5}, config, [criterion])


def test_its_reason_stands_under_its_name() -> None:
    criterion = Says("enough\n is enough")
    assert held(criterion) == {"theirs": "theirs: enough is enough"}
    assert criterion.asked == [(6, {1: 0.5})]


def test_none_is_no_reason() -> None:
    assert held(Says(None)) == {}


def test_it_is_not_asked_before_the_least_number_of_rounds() -> None:
    criterion = Says("enough")
    assert held(criterion, n_rounds=4) == {}
    assert criterion.asked == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [(True, "in words, or None"), ("  ", "in words, or None"), (ZeroDivisionError("x"), "fails: ZeroDivisionError: x")],
)
def test_one_that_fails_is_named_with_what_to_do(said: object, reason: str) -> None:
    with pytest.raises(PluginInvalid, match=rf"^The stopping criterion 'theirs' .*{reason}"):
        held(Says(said))
