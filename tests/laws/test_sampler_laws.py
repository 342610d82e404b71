"""All query strategies keep the laws."""

from __future__ import annotations

import pytest

from mraru.interfaces import Sampler
from mraru.query_strategies.acceptance.adaptive import AdaptiveRule
from mraru.query_strategies.acceptance.entropy import EntropyRule
from mraru.query_strategies.acceptance.margin import MarginRule
from mraru.query_strategies.acceptance.paper_rule import PaperRule
from mraru.query_strategies.acceptance.sharpened import SharpenedRule
from mraru.query_strategies.mraru import MRaru
from mraru.query_strategies.random_sampling import RandomSampling
from mraru.testing import QueryStrategyLaws

SAMPLERS: dict[str, Sampler] = {
    "random": RandomSampling(),
    "paper": MRaru(PaperRule()),
    "sharpened": MRaru(SharpenedRule(sharpness=2.0)),
    "margin": MRaru(MarginRule()),
    "entropy": MRaru(EntropyRule()),
    "adaptive": MRaru(AdaptiveRule(rate=0.3)),
}


class TestEveryQueryStrategy(QueryStrategyLaws):
    @pytest.fixture(scope="class", params=SAMPLERS.values(), ids=SAMPLERS.keys())
    @classmethod
    def sampler(cls, request: pytest.FixtureRequest) -> Sampler:
        made: Sampler = request.param
        return made
