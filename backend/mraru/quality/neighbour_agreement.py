"""How well labels fit the texts' own structure: how often a text's nearest neighbours have its label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

N_NEIGHBOURS = 5


def neighbour_agreement(vectors: NDArray[np.floating], labels: Sequence[str]) -> float:
    """Share of the nearest texts that have a text's label, beyond chance: 0 as by chance, 1 always.

    Chance is what labels of these frequencies would agree if they were dealt out blindly, as in Cohen's kappa. Where
    all labels are alike there is nothing to agree beyond it: 0.

    Args:
        vectors: of unit length, shape `(n_texts, n_dimensions)`, more than `N_NEIGHBOURS`.
        labels: of the texts.

    >>> vectors = np.repeat(np.eye(2), 6, axis=0)
    >>> neighbour_agreement(vectors, 6 * ["x"] + 6 * ["y"]), neighbour_agreement(vectors, 12 * ["x"])
    (1.0, 0.0)
    >>> round(neighbour_agreement(vectors, 6 * ["x", "y"]), 2)
    -0.2
    """
    similarities = vectors @ vectors.T
    np.fill_diagonal(similarities, -np.inf)
    nearest = np.argsort(-similarities, axis=1, kind="stable")[:, :N_NEIGHBOURS]
    named = np.asarray(labels, dtype=np.str_)
    agreed = float((named[nearest] == named[:, None]).mean())
    by_chance = sum((count / len(named)) ** 2 for count in Counter(named.tolist()).values())
    return (agreed - by_chance) / (1.0 - by_chance) if by_chance < 1.0 else 0.0
