"""For how many texts that the sampler left out each text stands that it chose.

A text is looked at so many times in each round, and accepted each time with a chance that its uncertainty gives. So it
is known how likely a text such as this was left out of all rounds, and how likely not: it stands for as many that were
left out as the odds are. Where few texts are chosen the odds go by 1 / chance (Horvitz and Thompson, JASA 47, 1952).
Where round after round leaves only easy texts over, 1 / chance would count these over and over.
"""

from __future__ import annotations

from collections.abc import Sequence


def weigh_unasked(acceptance_probabilities: Sequence[float], visits_per_text: Sequence[float]) -> list[float]:
    """For how many left out texts each chosen one stands, but for a factor that all share.

    Args:
        acceptance_probabilities: with what chance each was accepted when it was looked at, above 0.
        visits_per_text: of each round, its visits by the size of its pool; where none are known, few were chosen.

    Raises:
        ValueError: a chance is 0, or below.

    >>> weigh_unasked([0.5, 0.25], [])
    [2.0, 4.0]
    >>> [round(odds, 2) for odds in weigh_unasked([0.5, 0.25], [0.01])], weigh_unasked([0.5], [1.0, 1.0])
    ([199.0, 399.0], [0.3333333333333333])
    """
    if any(chance <= 0 for chance in acceptance_probabilities):
        raise ValueError("each text needs the chance, above 0, with which it was accepted")
    return [_odds(min(chance, 1.0), visits_per_text) for chance in acceptance_probabilities]


def _odds(chance: float, visits_per_text: Sequence[float]) -> float:
    if not any(visits > 0 for visits in visits_per_text):
        return 1.0 / chance
    left_out = 1.0
    for visits in visits_per_text:
        n_whole = int(visits)  # passes over all of the pool
        left_out *= (1.0 - chance) ** n_whole * (1.0 - (visits - n_whole) * chance)
    return left_out / (1.0 - left_out)
