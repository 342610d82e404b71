"""How often two labellers say the same, and how much of that chance would bring.

Of the texts that both happened to look at, which are no sample of all: there are no intervals here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mraru.quality.agreement.cohen_kappa import cohen_kappa
from mraru.quality.audit.shares import LEAST_TEXTS
from mraru.quality.audit.star_distance import mean_stars_apart


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAgreement:
    """Of pairs of labels about the same texts."""

    n_texts: int
    n_pairs: int  # more than texts where one of the two sides is several people
    n_agreeing: int
    share: float | None  # of the pairs; None: they are about too few texts
    kappa: float | None  # Cohen's, weighted for ratings; None: too few texts, or it is not defined
    stars_apart: float | None = None  # of ratings, on average; None: they are none, or about too few texts


def measure_agreement(
    pairs: Sequence[tuple[str, str]], n_texts: int | None = None, *, are_ratings: bool = False
) -> PairAgreement:
    """Compare pairs of labels.

    Args:
        pairs: of the one and of the other, about the same text.
        n_texts: how many texts they are about; one for each pair when None.
        are_ratings: whether all labels are whole numbers of stars.

    >>> found = measure_agreement(3 * [("x", "x"), ("x", "y"), ("y", "y"), ("y", "y")])
    >>> found.n_agreeing, found.share, found.kappa
    (9, 0.75, 0.5)
    >>> measure_agreement([("x", "x")]).share is None
    True
    """
    n_agreeing = sum(one == other for one, other in pairs)
    one, other = (np.array([pair[side] for pair in pairs], dtype=np.str_) for side in (0, 1))
    n_texts = len(pairs) if n_texts is None else n_texts
    are_enough = n_texts >= LEAST_TEXTS
    return PairAgreement(
        n_texts=n_texts,
        n_pairs=len(pairs),
        n_agreeing=n_agreeing,
        share=n_agreeing / len(pairs) if are_enough else None,
        kappa=cohen_kappa(one, other, are_ratings=are_ratings) if are_enough else None,
        stars_apart=mean_stars_apart(pairs) if are_enough and are_ratings else None,
    )
