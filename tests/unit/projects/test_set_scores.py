"""Scores of sets of labels are right as often as they say, once people have labelled a random part."""

from __future__ import annotations

import numpy as np
import pytest

from mraru.answers import join_labels
from mraru.interfaces import Labels, Vectors
from mraru.projects.final_labels.posteriors import fit_sources, judge_texts
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.schema_records import Choice, LabelSchema
from mraru.students.calibration.calibrated import CalibratedStudent, calibrate_as, judge_raw_out_of_fold
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.multilabel_student import MultilabelStudent

LABELS = tuple("abcdef")
SCHEMA = LabelSchema(
    from_name="c", to_name="t", text_field="x", choices=tuple(Choice(value=label) for label in LABELS), is_multiple=True
)
N_TEXTS, N_ASKED, N_AUDITED, N_SEEDS = 160, 80, 50, 6


def make_student() -> CalibratedStudent:
    return CalibratedStudent(lambda: MultilabelStudent(LogisticRegressionStudent))


def make_texts(rng: np.random.Generator) -> tuple[Vectors, Labels]:
    """Texts of one label mostly, as vectors that show it badly; most sets are of few texts."""
    members = np.zeros((N_TEXTS, len(LABELS)), dtype=np.bool_)
    members[np.arange(N_TEXTS), rng.integers(len(LABELS), size=N_TEXTS)] = True
    members |= rng.random(members.shape) < 0.06
    members[rng.random(N_TEXTS) < 0.15] = False
    X = np.concatenate([members * 1.0, np.zeros((N_TEXTS, 26))], axis=1) + rng.normal(0.0, 0.55, (N_TEXTS, 32))
    y = [join_labels(label for label, is_in in zip(LABELS, row, strict=True) if is_in) for row in members]
    return (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32), np.array(y)


def judge(seed: int) -> tuple[list[float], list[bool]]:
    """Scores of the texts that neither LLM nor people have labelled, and whether their sets are right."""
    rng = np.random.default_rng(seed)
    X, y = make_texts(rng)
    names = [f"{number:03d}" for number in range(N_TEXTS)]
    given = sorted(set(y.tolist()))
    said = [str(answer) if rng.random() < 0.85 else given[rng.integers(len(given))] for answer in y]
    audited = set(rng.choice(N_TEXTS, N_AUDITED, replace=False).tolist())
    labelled = LabelledSet(
        gold={names[row]: str(y[row]) for row in audited},
        teacher={names[row]: said[row] for row in rng.choice(N_TEXTS, N_ASKED, replace=False).tolist()},
    )
    rows, taught = [int(name) for name in labelled.labels], np.array(list(labelled.labels.values()))
    student = make_student()
    student.fit(X[rows], taught)
    raw = judge_raw_out_of_fold(student, make_student, X[rows], taught, None, seed=0)
    out_of_fold = dict(zip(labelled.labels, calibrate_as(student, raw), strict=True))
    sources = fit_sources(labelled, SCHEMA, out_of_fold, student.classes_, {names[row] for row in audited})
    left = [row for row, name in enumerate(names) if name not in labelled.known]
    found = judge_texts(
        sources,
        labelled,
        SCHEMA,
        [names[row] for row in left],
        student.predict_proba(X[left]),
        student.classes_,
        is_heard=np.ones(len(left), dtype=np.bool_),
    )
    return [each.score for each in found], [each.label == y[row] for each, row in zip(found, left, strict=True)]


def test_sets_of_texts_that_nobody_labelled_are_right_as_often_as_they_say() -> None:
    judged = [judge(seed) for seed in range(N_SEEDS)]
    scores = np.concatenate([scores for scores, _ in judged])
    is_right = np.concatenate([is_right for _, is_right in judged])
    assert len(scores) > 200
    assert scores.mean() == pytest.approx(is_right.mean(), abs=0.045)
