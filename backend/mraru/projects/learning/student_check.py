"""How the student does on the labelled texts, judged by students that were not trained on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Labels, Probabilities
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.quality.agreement.student_agreement import student_labels
from mraru.quality.label_errors import confidently_contradicted

MOST_WEIGHT = 20.0  # of one label: a text that was accepted against all odds must not decide alone


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentCheck:
    """Figures of one round; its fields are columns of `rounds`."""

    estimated_agreement: float | None = None
    n_gold_checked: int = 0
    n_gold_right: int = 0
    n_judged: int = 0
    n_contradicted: int = 0


def importance_weights(acceptance_probabilities: Sequence[float]) -> NDArray[np.float64]:
    """For how many texts of the pool each accepted one stands: 1 / its acceptance probability, within `MOST_WEIGHT`.

    Horvitz and Thompson (1952): what was drawn with known chances tells of the whole. Shape `(n_texts,)`.

    >>> importance_weights([1.0, 0.5, 0.001]).tolist()
    [1.0, 2.0, 20.0]
    """
    weights: NDArray[np.float64] = 1.0 / np.maximum(np.asarray(acceptance_probabilities), 1.0 / MOST_WEIGHT)
    return weights


def check_student(
    out_of_fold: Mapping[str, Probabilities],
    raw: Mapping[str, Probabilities],
    classes: Labels,
    labelled: LabelledSet,
    acceptance: Mapping[str, float],
) -> StudentCheck:
    """Compare what out-of-fold students say with what teacher and people said.

    Contradictions are looked for in raw probabilities: calibrated on a teacher's wrong labels, a student is no longer
    sure enough of anything to contradict one.

    Args:
        out_of_fold: by text hash, each of shape `(n_classes,)`.
        raw: the same before calibration.
        classes: the columns, sorted.
        book: who said what.
        acceptance: the probability with which each text was accepted, by text hash; 1 for those not in it.
    """
    said = (
        dict(zip(out_of_fold, student_labels(np.stack(list(out_of_fold.values())), classes), strict=True))
        if (out_of_fold)
        else {}
    )
    gold = [name for name in labelled.gold if name in said]
    known = set(classes.tolist())
    judged = [name for name, label in labelled.teacher.items() if label in known and name in said]
    check = StudentCheck(
        n_gold_checked=len(gold), n_gold_right=sum(bool(said[name] == labelled.gold[name]) for name in gold)
    )
    if not judged:
        return check
    taught = [str(labelled.teacher[name]) for name in judged]
    agrees = [bool(said[name] == label) for name, label in zip(judged, taught, strict=True)]
    weights = importance_weights([acceptance.get(name, 1.0) for name in judged])
    contradicted = confidently_contradicted(np.stack([raw[name] for name in judged]), classes, taught)
    return StudentCheck(
        estimated_agreement=float(np.average(agrees, weights=weights)),
        n_gold_checked=check.n_gold_checked,
        n_gold_right=check.n_gold_right,
        n_judged=len(judged),
        n_contradicted=int(contradicted.sum()),
    )
