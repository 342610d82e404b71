"""Which rules of quality the settings turn on."""

from __future__ import annotations

from mraru.loop.options import QualityOptions
from mraru.settings import Settings


def quality_options(settings: Settings) -> QualityOptions:
    """The thresholds of all rules; None for a rule that is off.

    >>> from mraru.settings import load_settings
    >>> quality_options(load_settings(stop_kappa=0.98)).kappa
    0.98
    """
    return QualityOptions(
        acceptance_rate=settings.stop_acceptance_rate,
        kappa=settings.stop_kappa,
        stop_set_size=settings.stop_set_size,
        n_rounds=settings.stop_rounds,
        accuracy=settings.stop_accuracy,
        min_gold=settings.stop_accuracy_min_gold,
        gain_per_usd=settings.stop_gain_per_usd,
        n_gain_rounds=settings.stop_gain_rounds,
        min_rounds=settings.stop_min_rounds,
    )
