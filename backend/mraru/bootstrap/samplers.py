"""Which texts the teacher is asked about: samplers and acceptance rules by the names of their settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mraru.interfaces import Sampler
from mraru.sampling.acceptance import AcceptanceRule
from mraru.sampling.adaptive import AdaptiveRule
from mraru.sampling.entropy import EntropyRule
from mraru.sampling.margin import MarginRule
from mraru.sampling.mraru import MRaru
from mraru.sampling.paper import PaperRule
from mraru.sampling.random_sampling import RandomSampling
from mraru.sampling.sharpened import SharpenedRule
from mraru.settings import Settings

ACCEPTANCE_RULES: Mapping[str, Callable[[Settings], AcceptanceRule]] = {
    "paper": lambda settings: PaperRule(),
    "sharpened": lambda settings: SharpenedRule(sharpness=settings.sharpness),
    "margin": lambda settings: MarginRule(sharpness=settings.sharpness),
    "entropy": lambda settings: EntropyRule(sharpness=settings.sharpness),
    "adaptive": lambda settings: AdaptiveRule(rate=settings.acceptance_rate),
}


def _make_mraru(settings: Settings) -> MRaru:
    return MRaru(
        ACCEPTANCE_RULES[settings.acceptance_rule](settings),
        max_passes=settings.max_passes,
        max_similarity=settings.batch_diversity,
    )


SAMPLERS: Mapping[str, Callable[[Settings], Sampler]] = {
    "mraru": _make_mraru,
    "random": lambda settings: RandomSampling(),
}
