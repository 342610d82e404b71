"""Stopping criteria that other packages bring, by the names of their setting."""

from __future__ import annotations

from mraru.errors import PluginInvalid
from mraru.plugins import PluginGroup, make_part
from mraru.projects.stopping.stopping_criterion import StoppingCriterion
from mraru.settings import Settings


def make_stopping_criteria(settings: Settings) -> tuple[StoppingCriterion, ...]:
    """Those that the settings name, in their order.

    Raises:
        PluginInvalid: one is not there, or not what it must be.
    """
    return tuple(_make(name, settings) for name in settings.stopping_criteria)


def _make(name: str, settings: Settings) -> StoppingCriterion:
    made: StoppingCriterion = make_part(PluginGroup.STOPPING_CRITERIA, name, settings)
    if not callable(getattr(made, "reason_to_stop", None)) or getattr(made, "name", None) != name:
        raise PluginInvalid(f"The stopping criterion '{name}' must give one of this name, with reason_to_stop.")
    return made
