"""How good LLM, student and the final labels are, from an audited project: over all texts and class by class."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mraru.review.estimates import (
    Estimate,
    Sampled,
    Sources,
    estimate_class_share,
    estimate_corpus_accuracy,
    estimate_share,
    estimate_weighted_share,
    too_few,
)

_Measure = Callable[[Collection[str]], Estimate]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedLabels:
    """Who says what of an audited project, by text hash."""

    labels: tuple[str, ...]  # of the label config
    n_texts: int
    gold: Mapping[str, str]  # all that people labelled, audited or not
    teacher: Mapping[str, str]  # its labels; texts for which it named none are left out
    student: Mapping[str, str]  # of labelled texts, what students say that have not learned these labels
    blind: Mapping[str, str]  # of texts that people labelled, what their final labels would be if they had not
    corpus_sample: tuple[str, ...]  # of all texts; those that people skipped count for nothing
    teacher_sample: tuple[str, ...]  # of the texts that the teacher labelled
    n_teacher_sampled: int  # texts that `teacher_sample` was drawn of
    acceptance: Mapping[str, float]  # with what chance the sampler accepted texts
    n_named: Mapping[str, int] | None = None  # how many texts the student names each class; None: not all are known


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredAccuracy:
    """How many of somebody's labels are right."""

    overall: Estimate
    by_class: dict[str, Estimate]  # by people's label: of the texts that are of the class


def measure_teacher(audited: AuditedLabels) -> MeasuredAccuracy:
    """Of the teacher's labels, over the texts that it labelled."""
    sample = _right(audited, audited.teacher, audited.teacher_sample)
    return _measure_share(audited, sample, audited.n_teacher_sampled)


def measure_teacher_on_corpus(audited: AuditedLabels) -> MeasuredAccuracy:
    """Of what the teacher would say of all texts, by the chances with which the sampler chose those that it labelled.

    Texts of the seeding were not chosen so, and stand for no others.
    """
    right = _right(audited, audited.teacher, audited.teacher_sample)
    sample = {name: hit for name, hit in right.items() if audited.acceptance.get(name, 0.0) > 0.0}

    def measure(names: Collection[str]) -> Estimate:
        return estimate_weighted_share([sample[name] for name in names], [audited.acceptance[name] for name in names])

    overall = replace(measure(sample), n_population=audited.n_texts)
    return MeasuredAccuracy(overall=overall, by_class=_by_class(audited, sample, measure))


def measure_student(audited: AuditedLabels) -> MeasuredAccuracy:
    """Of the student's labels, over all texts.

    >>> names = tuple("abcdefghijklmnopqrst")
    >>> audited = AuditedLabels(
    ...     labels=("x", "y"), n_texts=20, gold=dict.fromkeys(names, "x"), teacher={},
    ...     student=dict.fromkeys(names, "x") | {"a": "y"}, blind=dict.fromkeys(names, "x"), corpus_sample=names,
    ...     teacher_sample=(), n_teacher_sampled=0, acceptance={})
    >>> measure_student(audited).overall.interval, measure_corpus(audited).overall.share
    ((0.95, 0.95), 1.0)
    """
    sample = _right(audited, audited.student, audited.corpus_sample)
    return _measure_share(audited, sample, audited.n_texts)


def measure_corpus(audited: AuditedLabels) -> MeasuredAccuracy:
    """Of the final labels, people's, else the likeliest from all that is known, over all texts."""
    sample = _right(audited, audited.blind, audited.corpus_sample)
    overall = estimate_corpus_accuracy(_sources(audited, sample, None))
    return MeasuredAccuracy(
        overall=overall,
        by_class={label: estimate_corpus_accuracy(_sources(audited, sample, label)) for label in audited.labels}
        if sample
        else dict.fromkeys(audited.labels, too_few(0)),
    )


def measure_class_shares(audited: AuditedLabels) -> dict[str, Estimate]:
    """The share of each class, over all texts; with the student's help where it has looked at every text."""
    gold, n_texts = audited.gold, audited.n_texts
    listed = [name for name in audited.corpus_sample if name in gold]
    known = [name for name in listed if name in audited.student]
    if audited.n_named is None or len(known) < len(listed) or not listed:
        return {
            label: estimate_share(_count(sum(gold[name] == label for name in listed), len(listed), n_texts))
            for label in audited.labels
        }
    return {
        label: estimate_class_share(
            np.array([gold[name] == label for name in known]),
            np.array([audited.student[name] == label for name in known]),
            audited.n_named.get(label, 0) / n_texts,
            n_texts,
        )
        for label in audited.labels
    }


def _right(audited: AuditedLabels, said: Mapping[str, str], sample: Collection[str]) -> dict[str, bool]:
    """Whether somebody is right about each text of a sample that people labelled."""
    return {name: said[name] == audited.gold[name] for name in sample if name in audited.gold and name in said}


def _by_class(audited: AuditedLabels, sample: Mapping[str, bool], measure: _Measure) -> dict[str, Estimate]:
    return {label: measure([name for name in sample if audited.gold[name] == label]) for label in audited.labels}


def _measure_share(audited: AuditedLabels, sample: Mapping[str, bool], n_population: int) -> MeasuredAccuracy:
    def measure(names: Collection[str]) -> Estimate:
        n_of_kind = round(n_population * len(names) / max(len(sample), 1))  # texts of the class, as far as is known
        return estimate_share(_count(sum(sample[name] for name in names), len(names), n_of_kind))

    overall = estimate_share(_count(sum(sample.values()), len(sample), n_population))
    return MeasuredAccuracy(overall=overall, by_class=_by_class(audited, sample, measure))


def _sources(audited: AuditedLabels, sample: Mapping[str, bool], label: str | None) -> Sources:
    """Of one class, or of all where `label` is None."""
    gold, blind = audited.gold, audited.blind

    def is_meant(name: str) -> bool:
        return label is None or gold[name] == label

    of_kind = [hit for name, hit in sample.items() if is_meant(name)]
    n_gold = sum(is_meant(name) for name in gold)
    size, interval = float(audited.n_texts), (float(audited.n_texts), float(audited.n_texts))
    if label is not None:  # apart from the labels' errors, which would move both alike
        found = _count(len(of_kind), len(sample), audited.n_texts)
        size, *ends = (max(audited.n_texts * end, n_gold, 1.0) for end in (found.share, *found.interval))
        interval = (ends[0], ends[1])
    return Sources(
        wrong=_count(len(of_kind) - sum(of_kind), len(of_kind), round(size)),
        n_wrong_known=sum(blind[name] != gold[name] for name in gold if name in blind and is_meant(name)),
        n_unlabelled=max(0, round(size) - n_gold),
        size=size,
        size_interval=interval,
    )


def _count(n_hits: int, n_labels: int, n_population: int) -> Sampled:
    return Sampled(n_hits=n_hits, n_labels=n_labels, n_population=max(n_population, n_labels))
