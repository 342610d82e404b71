"""Whether final labels are right as often as they say: the posterior, and what the product did before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.run_spec import NoiseKind, RunSpec
from mraru.benchmark.replay.former_scores import former_scores
from mraru.benchmark.replay.review_orders import as_schema
from mraru.benchmark.studies.final_labels.judged_corpora import JudgedCorpus, judge_corpora, name_row
from mraru.interfaces import Labels
from mraru.projects.final_labels.posteriors import fit_sources, judge_texts
from mraru.quality.agreement.student_agreement import student_labels
from mraru.quality.posterior.teacher_reliability import PRIOR_SLOPE, estimate_reliability
from mraru.students.calibration.calibration_error import score_calibration_error

STAGES = (100, 300, 1000)  # labels of the teacher
AUDITS = (0, 30, 100)  # texts that people labelled, drawn for the audit
DEPTH = 0.1  # share of all texts that people look at, lowest score first


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalLabelSpec:
    """One teacher on one data set, with one seed."""

    run: RunSpec
    stages: tuple[int, ...]
    audits: tuple[int, ...]

    @property
    def data_set(self) -> str:
        return self.run.data_set


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidFigures:
    """Of one way to give each text a label and a score."""

    accuracy: float  # of the labels, over all texts
    mean_score: float
    calibration_error: float  # expected, of the scores as probabilities that the labels are right
    accuracy_after_review: float  # of the labels, once people have corrected the tenth with the lowest scores


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalLabelFigures:
    """One corpus at one moment."""

    n_labels: int
    n_audited: int
    teacher_accuracy: float  # over all texts, if it were asked about all
    now: SaidFigures
    before_in_label_studio: SaidFigures  # the student's label with the review score
    before_in_downloads: SaidFigures  # people's label, else the LLM's, else the student's, with the review score
    student_accuracy: float  # over all texts; people's label where they audited
    asked_now: float  # right, of the texts that the teacher labelled and people did not
    asked_teacher: float
    asked_student: float


def plan_final_labels(
    base: RunSpec, data_sets: Sequence[DataSet], accuracies: Sequence[float], seeds: Sequence[int]
) -> list[FinalLabelSpec]:
    """Every teacher on every data set, with every seed; a teacher that the data set cannot have is left out.

    Args:
        base: student, rule, batch size, seeding and calibration of all runs.
        accuracies: how often teachers are right.
    """
    teachers = [(NoiseKind.ZERO_SHOT, 0.0)] + [
        (kind, round(1.0 - accuracy, 6))
        for accuracy in accuracies
        for kind in (NoiseKind.UNIFORM, NoiseKind.CLASS, NoiseKind.ZERO_SHOT_ERRORS)
        if accuracy < 1.0 or kind is NoiseKind.UNIFORM
    ]
    return [
        FinalLabelSpec(
            run=replace(base, data_set=found.name, noise_kind=kind, noise=noise, seed=seed),
            stages=STAGES,
            audits=AUDITS,
        )
        for seed in seeds
        for found in data_sets
        for kind, noise in teachers
        if kind is not NoiseKind.ZERO_SHOT_ERRORS or round(noise * len(found.y)) <= _count_zero_shot_errors(found)
    ]


def _count_zero_shot_errors(data_set: DataSet) -> int:
    return 0 if data_set.zero_shot is None else int((data_set.zero_shot != data_set.y).sum())


def measure_final_labels(spec: FinalLabelSpec, data_set: DataSet) -> list[FinalLabelFigures]:
    """Figures at each stage, with each audit.

    Raises:
        BenchmarkError: see `judge_corpora`.
    """
    return [measure_corpus(found) for found in judge_corpora(spec.run, data_set, spec.stages, spec.audits)]


def measure_corpus(corpus: JudgedCorpus) -> FinalLabelFigures:
    """What is said of a corpus, against the truth."""
    student = student_labels(corpus.probabilities, corpus.classes)
    labels, scores = judge_now(corpus)
    former = judge_before(corpus)
    gold = corpus.audited
    downloaded = np.where(gold, corpus.truth, np.where(corpus.asked, corpus.teacher, student))
    asked = corpus.asked & ~gold
    return FinalLabelFigures(
        n_labels=corpus.n_labels,
        n_audited=corpus.n_audited,
        teacher_accuracy=float((corpus.teacher == corpus.truth).mean()),
        now=_measure(corpus, labels, scores),
        before_in_label_studio=_measure(corpus, student, former),
        before_in_downloads=_measure(corpus, downloaded, former),
        student_accuracy=float((np.where(gold, corpus.truth, student) == corpus.truth).mean()),
        asked_now=_share_right(labels, corpus.truth, asked),
        asked_teacher=_share_right(corpus.teacher, corpus.truth, asked),
        asked_student=_share_right(student, corpus.truth, asked),
    )


def judge_now(corpus: JudgedCorpus) -> tuple[Labels, NDArray[np.float64]]:
    """The final labels and their scores, by the code that judges in the product; each of shape `(n_texts,)`."""
    labelled, names = corpus.labelled, corpus.names
    schema = as_schema(sorted(set(corpus.truth.tolist())))
    known = corpus.asked | corpus.audited
    out_of_fold = {name_row(row): corpus.probabilities[row] for row in np.flatnonzero(known)}
    sources = fit_sources(labelled, schema, out_of_fold, corpus.classes, set(labelled.gold))
    found = judge_texts(
        sources,
        labelled,
        schema,
        names,
        corpus.probabilities,
        corpus.classes,
        is_heard=np.ones(len(names), dtype=np.bool_),
    )
    labels = np.array([final.label for final in found], dtype=np.str_)
    return labels, np.array([final.score for final in found])


def judge_before(corpus: JudgedCorpus) -> NDArray[np.float64]:
    """The review scores of before, shape `(n_texts,)`."""
    labelled, names = corpus.labelled, corpus.names
    student = student_labels(corpus.probabilities, corpus.classes)
    highest = corpus.probabilities.max(axis=1)
    asked = np.flatnonzero(corpus.asked)
    right = np.where(corpus.audited, corpus.truth, student)
    reliability = estimate_reliability(
        (corpus.teacher[asked] == right[asked]).tolist(), highest[asked].tolist(), [None] * len(asked), PRIOR_SLOPE
    )
    return former_scores(
        corpus.probabilities,
        corpus.classes,
        [labelled.teacher.get(name) for name in names],
        corpus.asked.tolist(),
        reliability=reliability,
        gold_labels=[labelled.gold.get(name) for name in names],
        class_counts=Counter(labelled.labels.values()),
    )


def _measure(corpus: JudgedCorpus, labels: Labels, scores: NDArray[np.float64]) -> SaidFigures:
    is_right = labels == corpus.truth
    order = np.argsort(np.where(corpus.audited, 2.0, scores), kind="stable")
    looked_at = order[: round(DEPTH * len(order))]
    reviewed = is_right.copy()
    reviewed[looked_at] = True
    return SaidFigures(
        accuracy=float(is_right.mean()),
        mean_score=float(scores.mean()),
        calibration_error=score_calibration_error(scores, is_right),
        accuracy_after_review=float(reviewed.mean()),
    )


def _share_right(labels: Labels, truth: Labels, chosen: NDArray[np.bool_]) -> float:
    return float((labels == truth)[chosen].mean()) if chosen.any() else float("nan")
