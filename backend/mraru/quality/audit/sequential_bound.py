"""How large a share can be at most, or at least, as one looks at one text after another: however often one looks.

A confidence sequence by betting, for texts drawn without replacement. Somebody who doubts that `k` of `n` texts are
right bets on the next one being wrong, at odds that are fair if he is mistaken. Then his capital stays below 20 times
what he began with, at all times, in 95 of 100 cases (Ville's inequality): where it does not, `k` is too many.

Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86 (2024), arXiv:2010.09686,
section 5 and, for the bets, section B.6: a mixture of fixed fractions of what may be bet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ERROR = 0.05  # in so many of all samples the bound is passed at any time
STAKES = (0.05, 0.1, 0.2, 0.4, 0.8)  # shares of the most that may be bet: small ones for small differences


def at_most(hits: Sequence[bool], n_population: int, error: float = ERROR) -> float:
    """The largest share of a population that its sample does not refute, in [0, 1].

    Args:
        hits: of the texts that were drawn, in the order of the draws: uniformly, without replacement.
        n_population: texts that they were drawn of; those that were drawn included.
        error: in so many of all samples, at most, the true share is above the bound at any of the looks.

    Raises:
        ValueError: more texts were drawn than there are.

    >>> at_most([], 100), at_most([False] * 5, 100), at_most([False] * 9 + [True], 10)
    (1.0, 0.62, 0.1)
    """
    if len(hits) > n_population:
        raise ValueError(f"{len(hits)} texts cannot be drawn of {n_population}")
    drawn = np.asarray(hits, dtype=np.bool_)
    n_hits = int(drawn.sum())
    possible, refuted = n_hits, n_hits + n_population - len(drawn) + 1  # numbers of hits in the population
    while refuted - possible > 1:  # the more hits are assumed, the more is won against them
        middle = (possible + refuted) // 2
        if len(drawn) and _log_capitals(drawn, middle, n_population)[-1] >= -math.log(error):
            refuted = middle
        else:
            possible = middle
    return possible / n_population


def at_least(hits: Sequence[bool], n_population: int, error: float = ERROR) -> float:
    """The smallest share of a population that its sample does not refute, in [0, 1]; arguments as of `at_most`.

    >>> at_least([], 100), at_least([True] * 5, 100)
    (0.0, 0.38)
    """
    return 1.0 - at_most([not hit for hit in hits], n_population, error)


def first_below(hits: Sequence[bool], n_population: int, share: float, error: float = ERROR) -> int | None:
    """After how many texts `at_most` is below a share for the first time; None: after none of them.

    >>> hits = [n % 2 == 0 for n in range(60)]
    >>> first_below(hits, 200, 0.85), at_most(hits[:12], 200) < 0.85 <= at_most(hits[:11], 200)
    (12, True)
    """
    drawn = np.asarray(hits, dtype=np.bool_)
    n_assumed = math.ceil(share * n_population - 1e-9)
    n_looks = np.arange(1, len(drawn) + 1)
    is_impossible = n_assumed > np.cumsum(drawn) + n_population - n_looks
    is_below = is_impossible | (_log_capitals(drawn, n_assumed, n_population) >= -math.log(error))
    return int(is_below.argmax()) + 1 if is_below.any() else None


def _log_capitals(drawn: NDArray[np.bool_], n_assumed: int, n_population: int) -> NDArray[np.float64]:
    """What bets against `n_assumed` hits in the population have made of 1, as a logarithm, after each of the draws."""
    n_before = np.arange(len(drawn))
    n_hits_left = n_assumed - (np.cumsum(drawn) - drawn)
    n_misses_left = n_population - n_before - n_hits_left
    # a miss pays by the odds of a hit; where no hit is left to assume, nothing is to be won any more
    odds = np.maximum(n_hits_left, 0) / np.maximum(n_misses_left, 1)
    stakes = np.array(STAKES)[:, None]
    won = np.log(np.where(drawn, 1.0 - stakes, 1.0 + stakes * odds)).cumsum(axis=1)
    capitals: NDArray[np.float64] = np.logaddexp.reduce(won, axis=0) - math.log(len(STAKES))
    return capitals
