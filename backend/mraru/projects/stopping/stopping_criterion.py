"""What a rule of another package is that ends the rounds, and how it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from mraru.errors import PluginInvalid
from mraru.plugins import comes_from_outside
from mraru.store.projects.round_repository import Round

LONGEST_REASON = 500  # characters


class StoppingCriterion(Protocol):
    """Says whether more rounds would bring too little. It does no I/O, and the same rounds give the same answer."""

    @property
    def name(self) -> str:
        """As its entry point's: what people overrule."""
        ...

    def reason_to_stop(self, rounds: Sequence[Round], costs_usd: Mapping[int, float]) -> str | None:
        """Why the rounds end, in a sentence with its figures; None while they go on.

        Args:
            rounds: all of the project that are done, in order; figures that were not measured are None.
            costs_usd: what each round really cost, by its number.
        """
        ...


def ask_criteria(
    criteria: Sequence[StoppingCriterion], rounds: Sequence[Round], costs_usd: Mapping[int, float]
) -> dict[str, str]:
    """The reason of each criterion that holds now, by its name.

    Raises:
        PluginInvalid: one fails, or says something that is no reason.
    """
    reasons: dict[str, str] = {}
    for criterion in criteria:
        try:
            said = criterion.reason_to_stop(tuple(rounds), dict(costs_usd))
        except BaseException as exc:  # whatever the other package does
            if comes_from_outside(exc):
                raise
            raise PluginInvalid(
                f"The stopping criterion '{criterion.name}' fails: {type(exc).__name__}: {exc}. Take it out of "
                "MRARU_STOPPING_CRITERIA, then start the project again."
            ) from exc
        if said is not None and not (isinstance(said, str) and said.strip()):
            raise PluginInvalid(f"The stopping criterion '{criterion.name}' must give a reason in words, or None.")
        if said is not None:
            words = " ".join(said.encode("utf-8", "replace").decode().split())
            shown = words if len(words) <= LONGEST_REASON else f"{words[:LONGEST_REASON]}…"
            reasons[criterion.name] = f"{criterion.name}: {shown}"
    return reasons
