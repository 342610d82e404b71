"""How unsure a student is of a text, as a number from 0 to 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Probabilities


def normalized_uncertainty(probabilities: Probabilities) -> NDArray[np.float64]:
    """How far the likeliest class is from certain: 0 when certain, 1 when all classes are equally likely.

    `u(x) = (1 - max_k P(C_k | x)) * K / (K - 1)`, from the multi-class uncertainty of arXiv:2511.11574.

    Args:
        probabilities: shape `(n_texts, n_classes)`, rows sum to 1.

    Returns:
        Shape `(n_texts,)`, each in [0, 1].

    Raises:
        ValueError: fewer than two classes, not two-dimensional, or a probability is not finite.

    >>> normalized_uncertainty(np.array([[1.0, 0.0], [0.5, 0.5], [0.75, 0.25]]))
    array([0. , 1. , 0.5])
    """
    probabilities = np.asarray(probabilities, dtype=np.float64)
    if probabilities.ndim != 2:
        raise ValueError(f"probabilities must have shape (n_texts, n_classes), not {probabilities.shape}")
    n_classes = probabilities.shape[1]
    if n_classes < 2:
        raise ValueError(f"uncertainty needs probabilities of at least two classes, not {n_classes}")
    if not np.isfinite(probabilities).all():
        raise ValueError("probabilities must be finite: the student gave NaN or infinity")
    uncertainty: NDArray[np.float64] = (1.0 - probabilities.max(axis=1)) * n_classes / (n_classes - 1)
    return np.clip(uncertainty, 0.0, 1.0)
