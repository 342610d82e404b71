"""Keeps a project's diagnoses as its warnings: given when a signature is seen, withdrawn when it is gone."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence

from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.projects.audits.audited_teachers import read_audited_teachers
from mraru.projects.diagnoses.diagnostics import Diagnosis, DiagnosisCode, TaughtLabels, diagnose
from mraru.projects.diagnoses.teacher_diagnostics import ZeroShotStanding, diagnose_teachers
from mraru.projects.diagnoses.zero_shot_fit import measure_fit
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.projects.learning.student_check import importance_weights
from mraru.records import TeacherIdentity
from mraru.schema_records import LabelSchema
from mraru.settings import Settings
from mraru.store.store import Store

logger = logging.getLogger(__name__)

NEARLY_ALL = 0.95  # of the texts, labelled by people: what is left is less than one in twenty


class Diagnosing:
    """What may be wrong in one project."""

    def __init__(
        self, *, store: Store, project_id: int, embedder: CachedEmbedder, schema: LabelSchema, config: Settings
    ) -> None:
        """Nothing is looked at yet.

        Args:
            embedder: that of the zero-shot teacher.
        """
        self._store = store
        self._project_id = project_id
        self._embedder = embedder
        self._schema = schema
        self._config = config

    def note(self, labelled: LabelledSet, teacher: TeacherIdentity, at: float) -> None:
        """Diagnose rounds and teachers so far and write down what changed; nothing, once people labelled nearly all.

        Args:
            teacher: who labels now.

        Raises:
            TextsGone: tasks were deleted while texts were being embedded for it.
        """
        found = {}
        if not self._is_labelled_by_people(labelled):
            diagnoses = (*self._look_at_teachers(labelled, teacher), *self._look_at_rounds(labelled))
            found = {str(made.code): made for made in diagnoses}
        warnings, project_id = self._store.warnings, self._project_id
        known = {warning.code: warning for warning in warnings.list_all(project_id)}
        for code in DiagnosisCode:
            made, warned = found.get(code), known.get(code)
            if made is None:
                if warned is not None:
                    warnings.withdraw(project_id, code)
                    logger.info("project %d: %s is over", project_id, code, extra={"event": "diagnosis_withdrawn"})
                continue
            if warned is None:
                _log(project_id, made)
            if warned is None or (warned.message, warned.remedy) != (made.message, made.remedy):
                warnings.note(project_id, code, made.message, at, level=made.level, remedy=made.remedy)

    def _is_labelled_by_people(self, labelled: LabelledSet) -> bool:
        """Whether hardly a label is left that comes of teacher or student: then no remedy would better anything."""
        n_texts = self._store.tasks.count_texts(self._project_id)
        n_gold = len(self._store.tasks.keep_present(self._project_id, list(labelled.gold)))
        return n_texts > 0 and n_gold >= NEARLY_ALL * n_texts

    def _look_at_rounds(self, labelled: LabelledSet) -> tuple[Diagnosis, ...]:
        rounds = self._store.rounds.list_all(self._project_id)
        return diagnose(rounds, read_taught_labels(self._store, self._project_id, labelled, len(self._schema.labels)))

    def _look_at_teachers(self, labelled: LabelledSet, teacher: TeacherIdentity) -> tuple[Diagnosis, ...]:
        audited = read_audited_teachers(self._store, self._project_id, self._config.seed, labelled)
        of_zero_shot = next((found for found in audited if found.is_zero_shot), None)
        fit = None
        if teacher.is_zero_shot:
            fit = measure_fit(self._store, self._project_id, self._embedder, self._schema, self._config.seed)
        return diagnose_teachers(
            audited,
            ZeroShotStanding(
                labels_now=teacher.is_zero_shot,
                audited=of_zero_shot,
                fit=fit,
                has_audit=self._config.audit_share > 0.0,
            ),
        )


def read_taught_labels(store: Store, project_id: int, labelled: LabelledSet, n_classes: int) -> TaughtLabels:
    """What the teacher said, by round, and how common each of its labels is likely to be among all texts."""
    acceptance = store.rounds.list_acceptance_probabilities(project_id)
    rows = [row for row in store.teacher_labels.list_all(project_id) if labelled.teacher.get(row.text_hash) is not None]
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
