"""What a student thinks of labelled texts when it has not seen their labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mraru.errors import StudentError, TooFewClasses
from mraru.interfaces import Labels, Probabilities, Student, Vectors

DEFAULT_N_FOLDS = 5


@runtime_checkable
class DearStudent(Protocol):
    """A student that costs so much to train that it says itself how many folds its labelled texts are judged in."""

    n_folds: int


def count_folds(student: Student) -> int:
    """In how many folds texts that a student like this one was trained on are judged."""
    return student.n_folds if isinstance(student, DearStudent) else DEFAULT_N_FOLDS


def out_of_fold_proba(
    make_student: Callable[[], Student],
    X: Vectors,
    y: Labels,
    sample_weight: NDArray[np.float64] | None,
    classes: Labels,
    n_folds: int = DEFAULT_N_FOLDS,
    seed: int = 0,
    *,
    may_lack_labels: bool = False,
) -> Probabilities:
    """Probabilities of each labelled text by a student that was trained on the other folds.

    A class whose only member is judged has probability 0 there. Where the other folds hold fewer than
    two classes, the classes' shares of their weight stand in for a student (equal ones for no text).

    Args:
        make_student: gives a fresh student for each fold.
        X: shape `(n_texts, n_dimensions)`.
        y: shape `(n_texts,)`.
        sample_weight: shape `(n_texts,)`; every text counts alike when None.
        classes: the columns wanted, shape `(n_classes,)`; may hold classes that `y` lacks.
        n_folds: parts to split the texts into, at least 2.
        seed: decides which text falls into which fold.
        may_lack_labels: whether `y` may hold what is no class: answers that leave some of several questions open.

    Returns:
        Shape `(n_texts, n_classes)`, columns in the order of `classes`, rows sum to 1.

    Raises:
        StudentError: `y` holds a label that `classes` lacks, or the lengths differ.
    """
    X = np.asarray(X)
    labels = np.asarray(y, dtype=np.str_)
    column_of = {label: column for column, label in enumerate(np.asarray(classes).tolist())}
    if len(X) != len(labels) or (sample_weight is not None and len(sample_weight) != len(labels)):
        raise StudentError("X, y and sample_weight must be of one length.")
    unknown = sorted(set(labels.tolist()) - column_of.keys())
    if unknown and not may_lack_labels:
        raise StudentError(f"y holds labels that are not among the classes: {', '.join(unknown)}.")

    weights = np.ones(len(labels)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    folds = assign_folds(labels, n_folds, np.random.default_rng(seed))
    probabilities = np.zeros((len(labels), len(column_of)), dtype=np.float64)
    for fold in np.unique(folds):
        judged = np.flatnonzero(folds == fold)
        others = np.flatnonzero(folds != fold)
        if len(np.unique(labels[others])) < 2:
            shares = np.zeros(len(column_of), dtype=np.float64)
            for row in others:
                if (column := column_of.get(str(labels[row]))) is not None:
                    shares[column] += weights[row]
            probabilities[judged] = shares / shares.sum() if shares.any() else 1.0 / len(column_of)
            continue
        student = make_student()
        try:
            student.fit(X[others], labels[others], weights[others])
        except TooFewClasses:  # hardly any of these answers all of several questions
            probabilities[judged] = 1.0 / len(column_of)
            continue
        _fill_in(probabilities, judged, column_of, student.classes_.tolist(), student.predict_proba(X[judged]))
    return probabilities


def _fill_in(
    probabilities: Probabilities,
    judged: NDArray[np.intp],
    column_of: Mapping[str, int],
    classes: Sequence[str],
    found: Probabilities,
) -> None:
    """Write what was found of some texts into their rows.

    A student of several questions may put answers together, in one fold, that are none of the classes: the others share
    what it gives them.
    """
    known = [place for place, label in enumerate(classes) if label in column_of]
    if len(known) < len(classes):
        found = found[:, known]
        total = found.sum(axis=1, keepdims=True)
        found = np.where(total > 0, found / np.where(total > 0, total, 1.0), 1.0 / max(1, len(known)))
    columns = np.array([column_of[classes[place]] for place in known], dtype=np.intp)
    probabilities[np.ix_(judged, columns)] = found


def assign_folds(y: Labels, n_folds: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Deal the texts to folds of almost equal size, each class spread over as many as it can fill.

    Unlike scikit-learn's `StratifiedKFold`, it takes classes with fewer members than folds.

    Returns:
        The fold of each text, shape `(n_texts,)`, from 0.

    >>> assign_folds(np.array(["a", "b", "a", "b"]), 2, np.random.default_rng(0)).tolist()
    [1, 0, 0, 1]
    """
    if n_folds < 2:
        raise ValueError(f"n_folds must be at least 2, not {n_folds}")
    shuffled = rng.permutation(len(y))
    by_class = shuffled[np.argsort(y[shuffled], kind="stable")]
    folds = np.empty(len(y), dtype=np.intp)
    folds[by_class] = np.arange(len(y)) % n_folds
    return folds
