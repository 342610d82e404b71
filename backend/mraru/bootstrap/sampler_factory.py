"""Which texts the teacher is asked about: samplers and acceptance rules by the names of their settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

from mraru.errors import PluginInvalid
from mraru.interfaces import Sampler
from mraru.plugins import PluginGroup, make_part
from mraru.query_strategies.acceptance.acceptance_rule import AcceptanceRule
from mraru.query_strategies.acceptance.adaptive import AdaptiveRule
from mraru.query_strategies.acceptance.brought_rule import BroughtRule
from mraru.query_strategies.acceptance.entropy import EntropyRule
from mraru.query_strategies.acceptance.margin import MarginRule
from mraru.query_strategies.acceptance.paper_rule import PaperRule
from mraru.query_strategies.acceptance.sharpened import SharpenedRule
from mraru.query_strategies.brought_sampler import BroughtSampler
from mraru.query_strategies.mraru import MRaru
from mraru.query_strategies.random_sampling import RandomSampling
from mraru.settings import Settings

ACCEPTANCE_RULES: Mapping[str, Callable[[Settings], AcceptanceRule]] = {
    "paper": lambda settings: PaperRule(),
    "sharpened": lambda settings: SharpenedRule(sharpness=settings.sharpness),
    "margin": lambda settings: MarginRule(sharpness=settings.sharpness),
    "entropy": lambda settings: EntropyRule(sharpness=settings.sharpness),
    "adaptive": lambda settings: AdaptiveRule(rate=settings.acceptance_rate),
}


def make_sampler(settings: Settings) -> Sampler:
    """The query strategy that the settings name.

    Raises:
        PluginInvalid: it, or its acceptance rule, is not there, or not what it must be.
    """
    made = _find(PluginGroup.QUERY_STRATEGIES, SAMPLERS, settings.sampler)(settings)
    if not callable(getattr(made, "select_batch", None)) or getattr(made, "name", None) != settings.sampler:
        raise PluginInvalid(
            f"The query strategy '{settings.sampler}' must give a sampler of this name, with select_batch."
        )
    return cast(Sampler, made) if settings.sampler in SAMPLERS else BroughtSampler(made)


def _make_mraru(settings: Settings) -> MRaru:
    rule = _find(PluginGroup.ACCEPTANCE_RULES, ACCEPTANCE_RULES, settings.acceptance_rule)(settings)
    if not callable(getattr(rule, "acceptance_probability", None)):
        raise PluginInvalid(
            f"The acceptance rule '{settings.acceptance_rule}' must be one, with acceptance_probability."
        )
    return MRaru(
        rule if settings.acceptance_rule in ACCEPTANCE_RULES else BroughtRule(rule, settings.acceptance_rule),
        max_passes=settings.max_passes,
        max_similarity=settings.batch_diversity,
    )


def _find(group: PluginGroup, own: Mapping[str, Callable[[Settings], object]], name: str) -> Callable[[Settings], Any]:
    if name in own:
        return own[name]
    return partial(make_part, group, name)


SAMPLERS: Mapping[str, Callable[[Settings], Sampler]] = {
    "mraru": _make_mraru,
    "random": lambda settings: RandomSampling(),
}
