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
    probabilities = _checked(probabilities)
    n_classes = probabilities.shape[1]
    uncertainty: NDArray[np.float64] = _of_others(probabilities) * n_classes / (n_classes - 1)
    return np.clip(uncertainty, 0.0, 1.0)


def closeness_of_top_two(probabilities: Probabilities) -> NDArray[np.float64]:
    """How close the two likeliest classes are: 1 - margin (margin sampling, Scheffer et al. 2001).

    Args:
        probabilities: shape `(n_texts, n_classes)`, rows sum to 1.

    Returns:
        Shape `(n_texts,)`, each in [0, 1]: 1 when two classes are equally likely.

    Raises:
        ValueError: as `normalized_uncertainty`.

    >>> closeness_of_top_two(np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.5, 0.25, 0.25]]))
    array([0.  , 1.  , 0.75])
    """
    probabilities = _checked(probabilities)
    second = np.partition(probabilities, -2, axis=1)[:, -2]
    return np.clip(_of_others(probabilities) + second, 0.0, 1.0)


def normalized_entropy(probabilities: Probabilities) -> NDArray[np.float64]:
    """Entropy as a share of the most that so many classes can have.

    Args:
        probabilities: shape `(n_texts, n_classes)`, rows sum to 1.

    Returns:
        Shape `(n_texts,)`, each in [0, 1]: 1 when all classes are equally likely.

    Raises:
        ValueError: as `normalized_uncertainty`.

    >>> normalized_entropy(np.array([[1.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]]))
    array([0. , 0.5, 1. ])
    """
    probabilities = _checked(probabilities)
    # log(1) = 0 stands in for 0 log 0
    logs = np.log(np.where(probabilities > 0.0, probabilities, 1.0))
    entropy: NDArray[np.float64] = -(probabilities * logs).sum(axis=1) / np.log(probabilities.shape[1])
    return np.clip(entropy, 0.0, 1.0) + 0.0  # + 0.0: no negative zero


def _of_others(probabilities: Probabilities) -> NDArray[np.float64]:
    """1 - the highest probability, as the sum of the others: 1 - 0.99...9 would be 0 for overconfident students."""
    others = probabilities.copy()
    np.put_along_axis(others, probabilities.argmax(axis=1, keepdims=True), 0.0, axis=1)
    total: NDArray[np.float64] = others.sum(axis=1)
    return total


def _checked(probabilities: Probabilities) -> Probabilities:
    probabilities = np.asarray(probabilities, dtype=np.float64)
    if probabilities.ndim != 2:
        raise ValueError(f"probabilities must have shape (n_texts, n_classes), not {probabilities.shape}")
    n_classes = probabilities.shape[1]
    if n_classes < 2:
        raise ValueError(f"uncertainty needs probabilities of at least two classes, not {n_classes}")
    if not np.isfinite(probabilities).all():
        raise ValueError("probabilities must be finite: the student gave NaN or infinity")
    return probabilities
