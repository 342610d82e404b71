from __future__ import annotations

import numpy as np
import pytest

from mraru.query_strategies.acceptance.acceptance_rule import AcceptanceRule, PowerRule
from mraru.query_strategies.acceptance.adaptive import AdaptiveRule, find_sharpness
from mraru.query_strategies.acceptance.entropy import EntropyRule
from mraru.query_strategies.acceptance.margin import MarginRule
from mraru.query_strategies.acceptance.paper_rule import PaperRule
from mraru.query_strategies.acceptance.sharpened import SharpenedRule
from mraru.query_strategies.uncertainty import normalized_uncertainty
from mraru.testing import AcceptanceRuleLaws

RULES: list[AcceptanceRule] = [
    PaperRule(),
    SharpenedRule(sharpness=2.0),
    SharpenedRule(sharpness=0.5),
    MarginRule(),
    MarginRule(sharpness=4.0),
    EntropyRule(),
    EntropyRule(sharpness=3.0),
    AdaptiveRule(),
    AdaptiveRule(base=EntropyRule(), rate=0.5),
]


class TestEveryAcceptanceRule(AcceptanceRuleLaws):
    @pytest.fixture(scope="class", params=RULES, ids=str)
    @classmethod
    def rule(cls, request: pytest.FixtureRequest) -> AcceptanceRule:
        made: AcceptanceRule = request.param
        return made


def test_sharpness_1_is_the_papers_rule() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.4, 0.4, 0.2]])
    paper, sharpened = PaperRule(), SharpenedRule(sharpness=1.0)
    expected = paper.acceptance_probability(paper.measure(probabilities))
    assert sharpened.acceptance_probability(sharpened.measure(probabilities)) == pytest.approx(expected)


def test_the_margin_rule_sees_two_classes_where_the_papers_sees_many_ruled_out() -> None:
    between_two = np.array([[0.5, 0.5, 0.0, 0.0]])
    assert MarginRule().measure(between_two) == pytest.approx([1.0])
    assert PaperRule().measure(between_two) == pytest.approx([2 / 3])
    assert EntropyRule().measure(between_two) == pytest.approx([0.5])


@pytest.mark.parametrize("kind", [PaperRule, SharpenedRule, MarginRule])
def test_what_an_overconfident_student_is_least_sure_of_is_told_apart(kind: type[PaperRule | PowerRule]) -> None:
    nearly_certain = np.array([[1.0, 1e-20], [1.0, 1e-30], [1.0, 0.0]])
    uncertainties = kind().measure(nearly_certain)
    assert uncertainties[0] > uncertainties[1] > uncertainties[2] == 0.0


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
@pytest.mark.parametrize(
    "uncertainties",
    [
        np.random.default_rng(0).beta(0.05, 1, size=2000),  # overconfident: nearly all near 0
        np.random.default_rng(0).beta(9, 1, size=2000),  # underconfident: nearly all near 1
        10.0 ** -np.random.default_rng(0).uniform(0, 60, size=2000),
    ],
    ids=["overconfident", "underconfident", "saturated"],
)
def test_the_adaptive_rule_accepts_the_wished_share_whatever_the_student(
    uncertainties: np.ndarray, rate: float
) -> None:
    steered = AdaptiveRule(rate=rate).steer(uncertainties)
    assert steered.acceptance_probability(uncertainties).mean() == pytest.approx(rate, rel=1e-4)


def test_the_adaptive_rule_steers_the_rule_it_is_given() -> None:
    steered = AdaptiveRule(base=EntropyRule(), rate=0.25).steer(np.array([0.5, 0.5]))
    assert steered == EntropyRule(sharpness=2.0)


def test_a_rate_out_of_reach_ends_at_the_bounds_of_the_sharpness() -> None:
    assert find_sharpness(np.zeros(5), 0.1) == pytest.approx(1 / 1024, rel=1e-6)
    assert find_sharpness(np.ones(5), 0.1) == pytest.approx(1024, rel=1e-6)


@pytest.mark.parametrize("sharpness", [0.0, -1.0, np.inf, np.nan])
def test_a_sharpness_that_is_none_is_refused(sharpness: float) -> None:
    with pytest.raises(ValueError, match="sharpness"):
        SharpenedRule(sharpness=sharpness)


@pytest.mark.parametrize("rate", [0.0, 1.0, np.nan])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        AdaptiveRule(rate=rate)


def test_uncertainty_is_what_the_other_classes_have() -> None:
    probabilities = np.array([[0.6, 0.3, 0.1]])
    assert normalized_uncertainty(probabilities) == pytest.approx([0.4 * 3 / 2])
