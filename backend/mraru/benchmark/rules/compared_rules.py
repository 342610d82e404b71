"""The ways to choose a batch that can be compared, by name: M-RARU's rules, random, exhaustive, other libraries."""

from __future__ import annotations

from collections.abc import Callable

from mraru.benchmark.rules.exhaustive import SCORES, ExhaustiveSampling
from mraru.benchmark.rules.modal import ModALSampling
from mraru.benchmark.rules.scikit_activeml import ScikitActivemlSampling
from mraru.benchmark.rules.small_text import SmallTextSampling
from mraru.errors import BenchmarkError
from mraru.interfaces import Sampler
from mraru.query_strategies.acceptance.acceptance_rule import AcceptanceRule
from mraru.query_strategies.acceptance.adaptive import AdaptiveRule
from mraru.query_strategies.acceptance.entropy import EntropyRule
from mraru.query_strategies.acceptance.margin import MarginRule
from mraru.query_strategies.acceptance.paper_rule import PaperRule
from mraru.query_strategies.acceptance.sharpened import SharpenedRule
from mraru.query_strategies.mraru import MRaru
from mraru.query_strategies.random_sampling import RandomSampling

WHOLE_POOL: dict[str, Callable[[str], Sampler]] = {
    "exhaustive": ExhaustiveSampling,
    "modal": ModALSampling,
    "scikit-activeml": ScikitActivemlSampling,
    "small-text": SmallTextSampling,
}
RULE_NAMES = (
    "random, paper, sharpened:POWER, margin[:POWER], entropy[:POWER], adaptive[:RATE], and "
    f"{', '.join(WHOLE_POOL)}, each with -{', -'.join(SCORES)}"
)


def make_rule(name: str) -> Sampler:
    """The sampler of that name; `margin:2` is the margin rule to the power of 2.

    Raises:
        BenchmarkError: there is no such rule, or its library is not installed.

    >>> make_rule("random").name, make_rule("exhaustive-margin").name
    ('random', 'exhaustive-margin')
    """
    if name == "random":
        return RandomSampling()
    for library, make in WHOLE_POOL.items():
        score = name.removeprefix(f"{library}-")
        if score != name and score in SCORES:
            return make(score)
    try:
        return MRaru(rule=_acceptance_rule(name))
    except (KeyError, ValueError) as exc:
        raise BenchmarkError(f"There is no rule '{name}'. There are: {RULE_NAMES}.") from exc


def _acceptance_rule(name: str) -> AcceptanceRule:
    kind, _, given = name.partition(":")
    number = float(given) if given else None
    if kind == "paper" and number is None:
        return PaperRule()
    if kind == "adaptive":
        return AdaptiveRule() if number is None else AdaptiveRule(rate=number)
    powers: dict[str, Callable[..., AcceptanceRule]] = {
        "sharpened": SharpenedRule,
        "margin": MarginRule,
        "entropy": EntropyRule,
    }
    return powers[kind](sharpness=1.0 if number is None else number)
