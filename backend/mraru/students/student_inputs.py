"""What every student checks before it learns or judges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mraru.errors import StudentError, TooFewClasses
from mraru.interfaces import Labels, Vectors


def as_inputs(X: Vectors) -> NDArray[np.float64]:
    """A copy of `X`, shape `(n_texts, n_dimensions)`.

    Raises:
        StudentError: another shape, or a number that is none.
    """
    # float64: in float32 the solvers' convergence, and so the student, varies with the platform.
    inputs = np.array(X, dtype=np.float64)
    if inputs.ndim != 2:
        raise StudentError(f"X must have shape (n_texts, n_dimensions), not {inputs.shape}.")
    if not np.isfinite(inputs).all():
        raise StudentError("X holds NaN or infinity: the vectors are damaged.")
    return inputs


def as_labels(y: Labels, n_texts: int) -> Labels:
    """A copy of `y`, shape `(n_texts,)`.

    Raises:
        TooFewClasses: it holds fewer than two classes.
        StudentError: another shape.
    """
    labels = np.array(y, dtype=np.str_)
    if labels.shape != (n_texts,):
        raise StudentError(f"y must have shape ({n_texts},) as X has that many rows, not {labels.shape}.")
    n_classes = len(np.unique(labels))
    if n_classes < 2:
        raise TooFewClasses(f"A student needs labels of at least two classes, but got {n_classes}.")
    return labels


def as_weights(sample_weight: NDArray[np.float64], n_texts: int) -> NDArray[np.float64]:
    """A copy of the weights, shape `(n_texts,)`, all positive.

    Raises:
        StudentError: another shape, or a weight that is not positive.
    """
    weights = np.array(sample_weight, dtype=np.float64)
    if weights.shape != (n_texts,):
        raise StudentError(f"sample_weight must have shape ({n_texts},), not {weights.shape}.")
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        raise StudentError("sample_weight must be positive: leave out texts that must not count.")
    return weights
