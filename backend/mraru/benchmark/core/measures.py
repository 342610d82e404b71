"""What a student is measured by on held-out texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import f1_score

from mraru.answers import split_answer
from mraru.benchmark.core.data_sets import list_classes
from mraru.interfaces import Labels, Probabilities, Student, Vectors
from mraru.students.calibration.calibration_error import ReliabilityBin, expected_calibration_error, reliability_diagram


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How good a student is, each from 0 to 1."""

    accuracy: float
    balanced_accuracy: float  # mean over classes of the share found; of sets of labels, macro-F1
    calibration_error: float  # expected calibration error
    reliability: tuple[ReliabilityBin, ...]
    micro_f1: float | None = None  # of sets of labels


def measure_quality(student: Student, X: Vectors, y: Labels, *, are_sets: bool = False) -> Quality:
    """Measure on texts that the student has not learned from; a class it does not know counts as missed.

    Args:
        student: a trained one.
        X: shape `(n_texts, n_dimensions)`.
        y: the true labels, shape `(n_texts,)`.
        are_sets: whether these are sets of labels.
    """
    probabilities, classes = student.predict_proba(X), student.classes_
    said = classes[probabilities.argmax(axis=1)]
    is_right = said == y
    macro, micro = measure_f1(y, said) if are_sets else (None, None)
    by_class = [is_right[y == label].mean() for label in np.unique(y)]
    return Quality(
        accuracy=float(is_right.mean()),
        balanced_accuracy=float(np.mean(by_class)) if macro is None else macro,
        micro_f1=micro,
        calibration_error=expected_calibration_error(probabilities, classes, y),
        reliability=reliability_diagram(probabilities, classes, y),
    )


def measure_f1(y: Labels, said: Labels) -> tuple[float, float]:
    """Macro- and micro-F1 of sets of labels, over the labels that texts have.

    >>> measure_f1(np.array(["a", "a | b"]), np.array(["a", "a"]))
    (0.5, 0.8)
    """
    columns = list_classes(y.tolist(), is_multiple=True)
    truth, found = (
        np.array([[label in split_answer(answer) for label in columns] for answer in answers.tolist()])
        for answers in (y, said)
    )
    macro, micro = (f1_score(truth, found, average=average, zero_division=0.0) for average in ("macro", "micro"))
    return float(macro), float(micro)


def mean_entropy(probabilities: Probabilities) -> float:
    """Mean Shannon entropy of the rows in bits.

    >>> mean_entropy(np.array([[0.5, 0.5], [1.0, 0.0]]))
    0.5
    """
    logs = np.log2(np.where(probabilities > 0, probabilities, 1.0))
    return float(-(probabilities * logs).sum(axis=1).mean())


def merge_reliability(diagrams: list[tuple[ReliabilityBin, ...]]) -> list[ReliabilityBin]:
    """Diagrams of several students as one: bins of the same place, put together.

    >>> low, high = ReliabilityBin(confidence=0.5, accuracy=0.4, n_texts=1), ReliabilityBin(
    ...     confidence=0.7, accuracy=0.8, n_texts=3)
    >>> merge_reliability([(low,), (high,)])
    [ReliabilityBin(confidence=0.65, accuracy=0.7, n_texts=4)]
    """
    merged = []
    for place in range(max(map(len, diagrams), default=0)):
        bins = [diagram[place] for diagram in diagrams if place < len(diagram)]
        weights = [found.n_texts for found in bins]
        merged.append(
            ReliabilityBin(
                confidence=round(float(np.average([found.confidence for found in bins], weights=weights)), 12),
                accuracy=round(float(np.average([found.accuracy for found in bins], weights=weights)), 12),
                n_texts=sum(weights),
            )
        )
    return merged
