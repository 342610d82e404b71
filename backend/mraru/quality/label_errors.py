"""Which labels look wrong to students that were not trained on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Labels, Probabilities

RATIO = 0.1  # of the given label's probability to the named one's


def confidently_contradicted(probabilities: Probabilities, classes: Labels, labels: Sequence[str]) -> NDArray[np.bool_]:
    """The labels that the student contradicts with confidence.

    It names another class with more than its usual confidence in that class (its mean probability on the texts
    labelled so, as in the confident joint of Northcutt, Jiang and Chuang, "Confident Learning", JAIR 70, 2021), and
    the given label is less than a tenth as likely. Without the second condition, texts chosen for their uncertainty
    are contradicted for that alone.

    Args:
        probabilities: out of fold, shape `(n_texts, n_classes)`.
        classes: the columns, shape `(n_classes,)`.
        labels: given ones, each of `classes`, length `n_texts`.

    Returns:
        Shape `(n_texts,)`.

    >>> rows = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.95, 0.05]])
    >>> confidently_contradicted(rows, np.array(["a", "b"]), ["a", "a", "b", "b"]).tolist()
    [False, False, False, True]
    """
    columns = np.searchsorted(classes, np.asarray(labels, dtype=np.str_))
    thresholds = np.array(
        [probabilities[columns == k, k].mean() if (columns == k).any() else np.inf for k in range(len(classes))]
    )
    likeliest, highest = probabilities.argmax(axis=1), probabilities.max(axis=1)
    own = probabilities[np.arange(len(columns)), columns]
    contradicted: NDArray[np.bool_] = (highest >= thresholds[likeliest]) & (own < RATIO * highest)
    return contradicted
