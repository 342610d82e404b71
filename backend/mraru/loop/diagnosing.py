"""Keeps a project's diagnoses as its warnings: given when a signature is seen, withdrawn when it is gone."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence

from mraru.loop.diagnostics import Diagnosis, DiagnosisCode, TaughtLabels, diagnose
from mraru.loop.label_book import LabelBook
from mraru.loop.student_check import importance_weights
from mraru.store.store import Store

logger = logging.getLogger(__name__)


def note_diagnoses(store: Store, project_id: int, book: LabelBook, n_classes: int, at: float) -> None:
    """Diagnose the rounds so far and write down what changed."""
    rounds = store.rounds.list_all(project_id)
    found = {str(made.code): made for made in diagnose(rounds, read_taught_labels(store, project_id, book, n_classes))}
    known = {warning.code: warning for warning in store.projects.list_warnings(project_id)}
    for code in DiagnosisCode:
        made, warned = found.get(code), known.get(code)
        if made is None:
            if warned is not None:
                store.projects.withdraw_warning(project_id, code)
                logger.info("project %d: %s is over", project_id, code, extra={"event": "diagnosis_withdrawn"})
            continue
        if warned is None:
            _log(project_id, made)
        if warned is None or warned.message != made.message:
            store.projects.warn(project_id, code, made.message, at, level=made.level, remedy=made.remedy)


def read_taught_labels(store: Store, project_id: int, book: LabelBook, n_classes: int) -> TaughtLabels:
    """What the teacher said, by round, and how common each of its labels is likely to be among all texts."""
    acceptance = store.rounds.list_acceptance_probabilities(project_id)
    rows = [row for row in store.teacher_labels.list_all(project_id) if book.teacher.get(row.text_hash) is not None]
    return count_taught_labels(
        [(row.round_number, str(row.label)) for row in rows],
        [acceptance.get(row.text_hash, 1.0) for row in rows],
        n_classes,
    )


def count_taught_labels(
    labels: Sequence[tuple[int, str]], acceptance_probabilities: Sequence[float], n_classes: int
) -> TaughtLabels:
    """Count the labels of each round; what was unlikely to be accepted stands for more texts of the pool.

    Args:
        labels: round number and label of each text.
        acceptance_probabilities: with which each of these texts was accepted.

    >>> taught = count_taught_labels([(1, "x"), (2, "x"), (2, "y")], [1.0, 1.0, 0.5], 2)
    >>> taught.by_round[2]["x"], taught.estimated_shares
    (1, {'x': 0.5, 'y': 0.5})
    """
    weighed = importance_weights(acceptance_probabilities)
    by_round: dict[int, Counter[str]] = defaultdict(Counter)
    totals: dict[str, float] = defaultdict(float)
    for (number, label), weight in zip(labels, weighed.tolist(), strict=True):
        by_round[number][label] += 1
        totals[label] += weight
    shares = {label: total / float(weighed.sum()) for label, total in totals.items()}
    return TaughtLabels(n_classes=n_classes, by_round=dict(by_round), estimated_shares=shares)


def _log(project_id: int, made: Diagnosis) -> None:
    logger.warning(
        "project %d: %s: %s %s", project_id, made.code, made.message, made.remedy, extra={"event": "diagnosis"}
    )
