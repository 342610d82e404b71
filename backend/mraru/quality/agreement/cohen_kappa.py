"""How far two labellers agree beyond what chance would bring."""

from __future__ import annotations

import numpy as np

from mraru.interfaces import Labels


def cohen_kappa(first: Labels, second: Labels, *, are_ratings: bool = False) -> float | None:
    """Cohen's kappa: 1 for the same labels everywhere, 0 for as much agreement as chance brings.

    Cohen, "A Coefficient of Agreement for Nominal Scales", Educational and Psychological Measurement 20 (1960).

    Of ratings, a disagreement weighs by the square of how many stars it is: Cohen, "Weighted Kappa", Psychological
    Bulletin 70 (1968).

    Args:
        first: labels of one, shape `(n_texts,)`.
        second: of the other about the same texts.
        are_ratings: whether all labels are whole numbers of stars.

    Returns:
        In [-1, 1]; None where it is not defined: no text, or both give all of them one and the same label.

    Raises:
        ValueError: the shapes differ.

    >>> cohen_kappa(np.array(["a", "a", "b", "b"]), np.array(["a", "b", "b", "b"]))
    0.5
    >>> cohen_kappa(np.array(["a", "a"]), np.array(["a", "a"])) is None
    True
    >>> near, far = (np.array(["1", "2", "4", other]) for other in ("4", "1"))
    >>> cohen_kappa(near, np.array(["1", "2", "4", "5"]), are_ratings=True) > 0.9
    True
    >>> cohen_kappa(far, np.array(["1", "2", "4", "5"]), are_ratings=True) < 0.2
    True
    """
    if first.shape != second.shape:
        raise ValueError(f"both must label the same texts, not {first.shape} and {second.shape}")
    if not len(first):
        return None
    if len(np.union1d(first, second)) == 1:  # scikit-learn warns of it
        return None
    from sklearn.metrics import cohen_kappa_score  # late: commands that read the store alone are quick without it

    if not are_ratings:
        return float(cohen_kappa_score(first, second))
    stars = [labels.astype(int) for labels in (first, second)]
    scale = range(min(map(min, stars)), max(map(max, stars)) + 1)  # weights go by the place in this list
    return float(cohen_kappa_score(*stars, labels=list(scale), weights="quadratic"))
