"""The ways to choose a batch that can be compared, by name: M-RARU's rules, random, exhaustive, other libraries."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mraru.benchmark.rules.exhaustive import SCORES, ExhaustiveSampling
from mraru.benchmark.rules.modal import ModALSampling
from mraru.benchmark.rules.scikit_activeml import ScikitActivemlSampling
from mraru.benchmark.rules.small_text import SmallTextSampling
from mraru.bootstrap.sampler_factory import SAMPLERS, make_sampler
from mraru.errors import BenchmarkError, PluginInvalid
from mraru.interfaces import Sampler
from mraru.plugins import PluginGroup, list_plugins
from mraru.query_strategies.acceptance.adaptive import AdaptiveRule
from mraru.query_strategies.mraru import MRaru
from mraru.records import SettingValue
from mraru.settings import Settings
from mraru.settings.settings import default_settings

WHOLE_POOL: dict[str, Callable[[str], Sampler]] = {
    "exhaustive": ExhaustiveSampling,
    "modal": ModALSampling,
    "scikit-activeml": ScikitActivemlSampling,
    "small-text": SmallTextSampling,
}
POWERS = ("sharpened", "margin", "entropy")  # rules that raise something to MRARU_SHARPNESS
RULE_NAMES = (
    "random, paper, sharpened:POWER, margin[:POWER], entropy[:POWER], adaptive[:RATE], and "
    f"{', '.join(WHOLE_POOL)}, each with -{', -'.join(SCORES)}; and what installed packages bring"
)


def make_rule(name: str, settings: Settings | None = None) -> Sampler:
    """The sampler of that name; `margin:2` is the margin rule to the power of 2.

    What the product has is made by the product's factory.

    Args:
        settings: of the product, for whatever the name leaves open; the defaults when None.

    Raises:
        BenchmarkError: there is no such rule, or its library is not installed.

    >>> make_rule("random").name, make_rule("exhaustive-margin").name
    ('random', 'exhaustive-margin')
    """
    for library, make in WHOLE_POOL.items():
        score = name.removeprefix(f"{library}-")
        if score != name and score in SCORES:
            return make(score)
    try:
        named = read_rule(name)
        return make_sampler((settings or default_settings()).model_copy(update=dict(named)))
    except (ValueError, PluginInvalid) as exc:
        raise BenchmarkError(f"There is no rule '{name}'. There are: {RULE_NAMES}. ({exc})") from exc


def read_rule(name: str) -> Mapping[str, SettingValue]:
    """The settings that the name of a rule stands for.

    Raises:
        ValueError: a number that is none.

    >>> read_rule("margin:3"), read_rule("adaptive:0.3")["acceptance_rate"], read_rule("random")
    ({'sampler': 'mraru', 'acceptance_rule': 'margin', 'sharpness': 3.0}, 0.3, {'sampler': 'random'})
    """
    kind, _, given = name.partition(":")
    if kind in (*SAMPLERS, *list_plugins(PluginGroup.QUERY_STRATEGIES)) and kind != MRaru.name:
        return {"sampler": name}
    named: dict[str, SettingValue] = {"sampler": MRaru.name, "acceptance_rule": kind}
    if kind in POWERS:
        return {**named, "sharpness": float(given) if given else 1.0}
    if kind == AdaptiveRule.name:
        return {**named, "acceptance_rate": float(given) if given else AdaptiveRule().rate}
    return {**named, "acceptance_rule": name}


def name_rule(settings: Settings) -> str:
    """What the settings choose, as `make_rule` names it.

    >>> name_rule(default_settings().model_copy(update={"acceptance_rule": "sharpened", "sharpness": 2.0}))
    'sharpened:2'
    """
    rule = settings.acceptance_rule
    if settings.sampler != MRaru.name:
        return settings.sampler
    if rule in POWERS:
        return f"{rule}:{settings.sharpness:g}"
    return f"{rule}:{settings.acceptance_rate:g}" if rule == AdaptiveRule.name else rule
