"""Orders in which labels can be reviewed: the product's score against the obvious alternatives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mraru.benchmark.replay.former_scores import former_scores
from mraru.benchmark.replay.review_labels import JudgedLabels
from mraru.projects.final_labels.posteriors import fit_sources, make_statements
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.quality.agreement.student_agreement import student_labels
from mraru.quality.posterior.posterior import posterior
from mraru.quality.posterior.teacher_reliability import PRIOR_SLOPE, estimate_reliability
from mraru.schema_records import Choice, LabelSchema

RANDOM_STREAM = 5  # beside the other draws of a seed

Scores = NDArray[np.float64]  # (n_texts,), lowest first


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOrder:
    """One way to say which labels to look at first."""

    name: str
    score: Callable[[JudgedLabels, int], Scores]  # given the seed
    is_probability: bool = False  # of the label's being right, so that below 0.5 it is called wrong


def score_with_confidence(judged: JudgedLabels, seed: int) -> Scores:
    """The product's posterior of the teacher's label, where the teacher tells how sure it is."""
    return _posterior_of_label(judged, with_confidence=True)


def score_without_confidence(judged: JudgedLabels, seed: int) -> Scores:
    """The product's posterior of the teacher's label, where the teacher tells its label alone."""
    return _posterior_of_label(judged, with_confidence=False)


def self_confidence(judged: JudgedLabels, seed: int) -> Scores:
    """The student's probability of the label, confident learning's simplest.

    As cleanlab's `self_confidence`; Northcutt, Jiang and Chuang, "Confident Learning", JAIR 70 (2021).
    """
    own: Scores = judged.probabilities[np.arange(len(judged.labels)), judged.columns]
    return own


def former_review_score(judged: JudgedLabels, seed: int) -> Scores:
    """The product's score before there was one posterior, with the teacher's confidence."""
    said = student_labels(judged.probabilities, judged.classes)
    confidences = judged.confidences.tolist()
    reliability = estimate_reliability(
        (said == judged.labels).tolist(), judged.probabilities.max(axis=1).tolist(), confidences, PRIOR_SLOPE
    )
    return former_scores(
        judged.probabilities,
        judged.classes,
        judged.labels.tolist(),
        [True] * len(judged.labels),
        reliability=reliability,
        confidences=confidences,
        class_counts=Counter(judged.labels.tolist()),
    )


def normalized_margin(judged: JudgedLabels, seed: int) -> Scores:
    """That probability less the highest of the other classes, as cleanlab's `normalized_margin`."""
    others = judged.probabilities.copy()
    others[np.arange(len(others)), judged.columns] = -np.inf
    margin: Scores = self_confidence(judged, seed) - others.max(axis=1)
    return margin


def self_confidence_by_class(judged: JudgedLabels, seed: int) -> Scores:
    """That probability less the class's threshold, its mean over the texts labelled so, as in the confident joint."""
    own = self_confidence(judged, seed)
    n_classes = len(judged.classes)
    counts = np.bincount(judged.columns, minlength=n_classes)
    thresholds = np.bincount(judged.columns, weights=own, minlength=n_classes) / np.maximum(counts, 1)
    adjusted: Scores = own - thresholds[judged.columns]
    return adjusted


def least_confident_student(judged: JudgedLabels, seed: int) -> Scores:
    """The student's highest probability, whatever the label."""
    highest: Scores = judged.probabilities.max(axis=1)
    return highest


def teacher_confidence(judged: JudgedLabels, seed: int) -> Scores:
    """What the teacher says of itself, without a student."""
    return judged.confidences


def random_order(judged: JudgedLabels, seed: int) -> Scores:
    """Whatever comes."""
    return np.random.default_rng([seed, RANDOM_STREAM]).random(len(judged.labels))


REVIEW_SCORE = ReviewOrder(name="posterior of the label", score=score_with_confidence, is_probability=True)
LABEL_ALONE = ReviewOrder(name="posterior, confidence unknown", score=score_without_confidence, is_probability=True)
FORMER_SCORE = ReviewOrder(name="score before the posterior", score=former_review_score, is_probability=True)
SELF_CONFIDENCE = ReviewOrder(name="student's probability of the label", score=self_confidence, is_probability=True)

REVIEW_ORDERS: tuple[ReviewOrder, ...] = (
    REVIEW_SCORE,
    LABEL_ALONE,
    FORMER_SCORE,
    SELF_CONFIDENCE,
    ReviewOrder(name="normalized margin", score=normalized_margin),
    ReviewOrder(name="probability less class threshold", score=self_confidence_by_class),
    ReviewOrder(name="least confident student", score=least_confident_student),
    ReviewOrder(name="teacher's confidence", score=teacher_confidence),
    ReviewOrder(name="random", score=random_order),
)


def _posterior_of_label(judged: JudgedLabels, *, with_confidence: bool) -> Scores:
    """By the code that judges in the product."""
    names = [f"{row:08d}" for row in range(len(judged.labels))]
    schema = as_schema(judged.classes.tolist())
    labelled = LabelledSet(
        gold={},
        teacher=dict(zip(names, judged.labels.tolist(), strict=True)),
        confidence=dict(zip(names, judged.confidences.tolist(), strict=True)) if with_confidence else {},
    )
    sources = fit_sources(labelled, schema, dict(zip(names, judged.probabilities, strict=True)), judged.classes, ())
    heard = np.ones(len(names), dtype=np.bool_)
    said = make_statements(
        labelled, sources.columns, names, judged.probabilities, judged.classes, heard, sources.teacher
    )
    own: Scores = posterior(said, sources.reliability)[np.arange(len(names)), said.teacher]
    return own


def as_schema(labels: Sequence[str]) -> LabelSchema:
    """A label config with these labels."""
    return LabelSchema(
        from_name="label", to_name="text", text_field="text", choices=tuple(Choice(value=label) for label in labels)
    )
