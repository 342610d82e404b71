"""Keeps a project's diagnoses as its warnings: given when a signature is seen, withdrawn when it is gone."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict

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
    by_round: dict[int, Counter[str]] = defaultdict(Counter)
    rows = [row for row in store.teacher_labels.list_all(project_id) if book.teacher.get(row.text_hash) is not None]
    weighed = importance_weights([acceptance.get(row.text_hash, 1.0) for row in rows]).tolist()
    total = sum(weighed)
    shares: dict[str, float] = defaultdict(float)
    for row, weight in zip(rows, weighed, strict=True):
        label = str(row.label)
        by_round[row.round_number][label] += 1
        shares[label] += weight / total
    return TaughtLabels(n_classes=n_classes, by_round=by_round, estimated_shares=shares)


def _log(project_id: int, made: Diagnosis) -> None:
    logger.warning(
        "project %d: %s: %s %s", project_id, made.code, made.message, made.remedy, extra={"event": "diagnosis"}
    )
