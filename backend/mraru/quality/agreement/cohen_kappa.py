"""How far two labellers agree beyond what chance would bring."""

from __future__ import annotations

import numpy as np

from mraru.interfaces import Labels


def cohen_kappa(first: Labels, second: Labels) -> float | None:
    """Cohen's kappa: 1 for the same labels everywhere, 0 for as much agreement as chance brings.

    Cohen, "A Coefficient of Agreement for Nominal Scales", Educational and Psychological Measurement 20 (1960).

    Args:
        first: labels of one, shape `(n_texts,)`.
        second: of the other about the same texts.

    Returns:
        In [-1, 1]; None where it is not defined: no text, or both give all of them one and the same label.

    Raises:
        ValueError: the shapes differ.

    >>> cohen_kappa(np.array(["a", "a", "b", "b"]), np.array(["a", "b", "b", "b"]))
    0.5
    >>> cohen_kappa(np.array(["a", "a"]), np.array(["a", "a"])) is None
    True
    """
    if first.shape != second.shape:
        raise ValueError(f"both must label the same texts, not {first.shape} and {second.shape}")
    if not len(first):
        return None
    if len(np.union1d(first, second)) == 1:  # scikit-learn warns of it
        return None
    from sklearn.metrics import cohen_kappa_score  # late: commands that read the store alone are quick without it

    return float(cohen_kappa_score(first, second))
