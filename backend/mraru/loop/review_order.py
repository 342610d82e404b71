"""Review scores of a project's texts, from its label book: what people are shown first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Labels, Probabilities
from mraru.loop.label_book import LabelBook
from mraru.review.agreement import review_scores
from mraru.review.teacher_reliability import PRIOR_SLOPE, VOTES_SLOPE, TeacherReliability, estimate_reliability


def score_texts(
    book: LabelBook,
    names: Sequence[str],
    probabilities: Probabilities,
    classes: Labels,
    reliability: TeacherReliability,
    class_counts: Mapping[str, int],
) -> NDArray[np.float64]:
    """The review score of each text; 0 where the LLM named no label or people are split, unless gold decides.

    Args:
        book: who said what.
        names: hashes of the texts.
        probabilities: of students that have not learned the texts' labels, shape `(n_texts, n_classes)`.
        classes: the columns, shape `(n_classes,)`.
        reliability: of the LLM's labels.
        class_counts: labels of each class that the student has learned.

    Returns:
        Shape `(n_texts,)`, each in [0, 1]; 0 = look first.
    """
    return review_scores(
        probabilities,
        classes,
        [None if name in book.ties else book.teacher.get(name) for name in names],
        [name in book.teacher or name in book.ties for name in names],
        reliability=reliability,
        confidences=[_confidence(book, name) for name in names],
        gold_labels=[book.gold.get(name) for name in names],
        class_counts=class_counts,
    )


def judge_teacher(book: LabelBook, student_opinions: Mapping[str, tuple[str, float]]) -> TeacherReliability:
    """How far the LLM's labels are to be believed.

    A person's label, where there is one, says whether the LLM is right, in the place of the student's.

    Args:
        book: who said what.
        student_opinions: label and its probability by text hash, of students that have not learned the texts' labels.
    """
    judged = [name for name, label in book.teacher.items() if label is not None and name in student_opinions]
    return estimate_reliability(
        [book.teacher[name] == book.gold.get(name, student_opinions[name][0]) for name in judged],
        [student_opinions[name][1] for name in judged],
        [_confidence(book, name) for name in judged],
        VOTES_SLOPE if book.agreeing_share else PRIOR_SLOPE,
    )


def _confidence(book: LabelBook, name: str) -> float | None:
    """The LLM's probability of its label; of an ensemble, the share of the LLMs that gave it."""
    return book.agreeing_share.get(name, book.confidence.get(name))
