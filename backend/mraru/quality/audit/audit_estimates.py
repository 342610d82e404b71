"""How good LLM, student and the final labels are, from an audited project: over all texts and class by class."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mraru.quality.audit.share_estimates import (
    Estimate,
    Sampled,
    Sources,
    cap,
    estimate_class_share,
    estimate_corpus_accuracy,
    estimate_share,
    estimate_weighted_share,
    join_shares,
    too_few,
    weigh_student,
)
from mraru.quality.audit.star_distance import mean_stars_apart, stars_of
from mraru.quality.audit.unasked_texts import weigh_unasked


def one_label(said: str) -> tuple[str, ...]:
    """What is said of a text where one label is chosen: that label."""
    return (said,)


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
    acceptance: Mapping[str, float]  # with what chance the sampler accepted texts when it looked at them
    visits_per_text: Sequence[float] = ()  # of each round of it, how many of its visits each text of the pool got
    labels_of: Callable[[str], tuple[str, ...]] = one_label  # of what is said of a text; of a set, several
    n_named: Mapping[str, int] | None = None  # how many texts the student names each class; None: not all are known
    are_ratings: bool = False  # whether labels are whole numbers of stars


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredAccuracy:
    """How many of somebody's labels are right."""

    overall: Estimate
    by_class: dict[str, Estimate]  # by people's label: of the texts that are of the class, how many have it named
    stars_apart: float | None = None  # of ratings, how far from people's on average; None: not known


def measure_teacher(audited: AuditedLabels) -> MeasuredAccuracy:
    """Of the teacher's labels, over the texts that it labelled."""
    measured = _measure_share(audited, audited.teacher, audited.teacher_sample, audited.n_teacher_sampled)
    sample = _right(audited, audited.teacher, audited.teacher_sample)
    return replace(measured, stars_apart=_mean_apart(audited, audited.teacher, sample))


def measure_teacher_on_corpus(audited: AuditedLabels) -> MeasuredAccuracy:
    """Of what the teacher would say of all texts: of those that it labelled, and of the rest by what it is likely to.

    How good it is on the former is `measure_teacher`'s. On those that it may still be asked about, the audited ones
    tell that the sampler might as well have left out; texts of the seeding were not chosen by chance, and stand for no
    others. Of those that people labelled before it was asked, nobody knows: they are what looked wrong. It may be right
    on all of them, or on none. So the figure is never outside of what `measure_teacher` leaves possible, and is the
    same once the teacher has labelled every text.
    """
    asked, n_asked = measure_teacher(audited), audited.n_teacher_sampled
    if n_asked >= audited.n_texts:
        return asked
    right = _right(audited, audited.teacher, audited.teacher_sample)
    chances = {name: audited.acceptance[name] for name in right if audited.acceptance.get(name, 0.0) > 0.0}
    weights = dict(zip(chances, weigh_unasked(list(chances.values()), audited.visits_per_text), strict=True))
    total = sum(weights.values())
    taken = [name for name in audited.gold if name not in audited.teacher]
    n_left = max(0, audited.n_texts - n_asked - len(taken))

    def measure(part: Estimate, hits: Mapping[str, bool], sizes: tuple[float, float, int]) -> Estimate:
        drawn = [name for name in hits if name in weights]
        of_left = estimate_weighted_share([hits[name] for name in drawn], [weights[name] for name in drawn])
        return join_shares(part, of_left, sizes)

    by_class = {}
    for label, part in asked.by_class.items():
        of_class = _right(audited, audited.teacher, audited.teacher_sample, label)
        sizes = (
            n_asked * len(of_class) / max(len(right), 1),
            n_left * sum(weights.get(name, 0.0) for name in of_class) / total if total else float(n_left),
            sum(label in audited.labels_of(audited.gold[name]) for name in taken),
        )
        by_class[label] = measure(part, of_class, sizes)
    overall = measure(asked.overall, right, (n_asked, n_left, len(taken)))
    overall = replace(overall, n_population=audited.n_texts)
    return _cap(MeasuredAccuracy(overall=overall, by_class=by_class), audited.n_texts, len(right))


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
    measured = _measure_share(audited, audited.student, audited.corpus_sample, audited.n_texts)
    sample = _right(audited, audited.student, audited.corpus_sample)
    return replace(measured, stars_apart=_mean_apart(audited, audited.student, sample))


def measure_corpus(audited: AuditedLabels) -> MeasuredAccuracy:
    """Of the final labels, people's, else the likeliest from all that is known, over all texts."""
    sample = _right(audited, audited.blind, audited.corpus_sample)
    overall = estimate_corpus_accuracy(_sources(audited, len(sample), None))
    by_class = (
        {label: estimate_corpus_accuracy(_sources(audited, len(sample), label)) for label in audited.labels}
        if sample
        else dict.fromkeys(audited.labels, too_few(0))
    )
    measured = _cap(MeasuredAccuracy(overall=overall, by_class=by_class), audited.n_texts, len(sample))
    return replace(measured, stars_apart=_mean_apart_after_people(audited, sample))


def measure_class_shares(audited: AuditedLabels) -> dict[str, Estimate]:
    """The share of each class, over all texts; with the student's help where it has looked at every text."""
    gold, n_texts = audited.gold, audited.n_texts
    listed = [name for name in audited.corpus_sample if name in gold]
    known = [name for name in listed if name in audited.student]
    if audited.n_named is None or len(known) < len(listed) or not listed:
        return {
            label: estimate_share(
                _count(sum(label in audited.labels_of(gold[name]) for name in listed), len(listed), n_texts)
            )
            for label in audited.labels
        }
    is_class = np.array([[label in audited.labels_of(gold[name]) for label in audited.labels] for name in known])
    is_named = np.array(
        [[label in audited.labels_of(audited.student[name]) for label in audited.labels] for name in known]
    )
    weight = weigh_student(is_class, is_named)
    n_known = Counter(label for said in gold.values() for label in audited.labels_of(said))
    n_named: Counter[str] = Counter()
    for said, n_saying in audited.n_named.items():
        n_named.update(dict.fromkeys(audited.labels_of(said), n_saying))
    return {
        label: estimate_class_share(
            is_class[:, column],
            is_named[:, column],
            n_named[label] / n_texts,
            n_texts,
            weight=weight,
            known=(n_known[label] / n_texts, 1.0 - (len(gold) - n_known[label]) / n_texts),
        )
        for column, label in enumerate(audited.labels)
    }


def _right(
    audited: AuditedLabels, said: Mapping[str, str], sample: Collection[str], label: str | None = None
) -> dict[str, bool]:
    """Whether somebody is right about each text of a sample that people labelled.

    Args:
        label: about the texts alone that are of this label, and whether it is named; None: about all that is said.
    """
    known = [name for name in sample if name in audited.gold and name in said]
    if label is None:
        return {name: said[name] == audited.gold[name] for name in known}
    return {
        name: label in audited.labels_of(said[name]) for name in known if label in audited.labels_of(audited.gold[name])
    }


def _mean_apart(audited: AuditedLabels, said: Mapping[str, str], sample: Collection[str]) -> float | None:
    """Of ratings, how far somebody's are from people's in a sample, on average."""
    if not audited.are_ratings:
        return None
    return mean_stars_apart([(audited.gold[name], said[name]) for name in sample])


def _mean_apart_after_people(audited: AuditedLabels, sample: Collection[str]) -> float | None:
    """The same of final labels, over all texts: what people labelled is not wrong any more."""
    apart = _mean_apart(audited, audited.blind, sample)
    if apart is None or not audited.n_texts:
        return None
    errors = [
        abs(stars - said)
        for name, label in audited.gold.items()
        if (stars := stars_of(label)) is not None and (said := stars_of(audited.blind.get(name, label))) is not None
    ]
    return max(0.0, apart - sum(errors) / audited.n_texts)


def _measure_share(
    audited: AuditedLabels, said: Mapping[str, str], names: Collection[str], n_population: int
) -> MeasuredAccuracy:
    sample = _right(audited, said, names)

    def measure(label: str) -> Estimate:
        hits = _right(audited, said, names, label).values()
        n_of_kind = -(-n_population * len(hits) // max(len(sample), 1))  # rounded up: all only once all are looked at
        return estimate_share(_count(sum(hits), len(hits), n_of_kind))

    overall = estimate_share(_count(sum(sample.values()), len(sample), n_population))
    by_class = {label: measure(label) for label in audited.labels}
    return _cap(MeasuredAccuracy(overall=overall, by_class=by_class), n_population, len(sample))


def _cap(measured: MeasuredAccuracy, n_population: int, n_sampled: int) -> MeasuredAccuracy:
    """No more texts are asked for than are left to look at, and none of a class of which hardly any were looked at.

    From a class that few audited texts have, it cannot be told how many there are, nor how often they are right.
    """
    n_left = max(0, n_population - n_sampled)
    by_class = {
        label: cap(found if found.share is not None or not n_left else too_few(found.n_labels), n_left)
        for label, found in measured.by_class.items()
    }
    asked_for = {
        label: found if found.share is not None else replace(found, n_more=0) for label, found in by_class.items()
    }
    return replace(measured, overall=cap(measured.overall, n_left), by_class=asked_for)


def _sources(audited: AuditedLabels, n_sampled: int, label: str | None) -> Sources:
    """Of one class, or of all where `label` is None."""
    gold, blind = audited.gold, audited.blind

    def is_meant(name: str) -> bool:
        return label is None or label in audited.labels_of(gold[name])

    of_kind = list(_right(audited, blind, audited.corpus_sample, label).values())
    n_gold = sum(is_meant(name) for name in gold)
    size, interval = float(audited.n_texts), (float(audited.n_texts), float(audited.n_texts))
    if label is not None:  # apart from the labels' errors, which would move both alike
        found = _count(len(of_kind), n_sampled, audited.n_texts)
        size, *ends = (max(audited.n_texts * end, n_gold, 1.0) for end in (found.share, *found.interval))
        interval = (ends[0], ends[1])
    return Sources(
        wrong=_count(len(of_kind) - sum(of_kind), len(of_kind), math.ceil(size - 1e-9)),
        n_wrong_known=sum(not hit for hit in _right(audited, blind, gold, label).values()),
        n_unlabelled=max(0, round(size) - n_gold),
        size=size,
        size_interval=interval,
    )


def _count(n_hits: int, n_labels: int, n_population: int) -> Sampled:
    return Sampled(n_hits=n_hits, n_labels=n_labels, n_population=max(n_population, n_labels))
