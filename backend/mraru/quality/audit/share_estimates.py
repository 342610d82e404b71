"""What a uniform sample tells of all texts: shares, with 95 % intervals, or why nothing can be said yet.

Every estimate rests on a sample drawn with known chances (Horvitz and Thompson, JASA 47, 1952), never on what people
chose to correct. Each says of how many texts it speaks, and none rests on fewer than `LEAST_TEXTS`, not even where
these are all that there are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mraru.quality.audit.intervals import Z_95, Interval, score_interval
from mraru.quality.audit.sample_intervals import (
    difference_interval,
    effective_size,
    scaled,
    sum_interval,
)
from mraru.quality.audit.shares import LEAST_TEXTS

AIMED_HALF_WIDTH = 0.05  # of the interval that `Estimate.n_more` is for


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share of texts, as far as a sample tells."""

    share: float | None  # in [0, 1]; None: `reason` says why
    interval: Interval | None  # 95 %
    n_labels: int  # audited texts behind it
    n_population: int  # texts that it speaks of; 0: not known
    n_missing: int = 0  # audited texts that are missing before anything can be said
    n_more: int  # further ones of the kind that would bring the interval to about 5 points either side; 0: it is there
    reason: str = ""

    @property
    def is_census(self) -> bool:
        """Whether all of the texts were looked at: then it is no estimate, and its interval is a point."""
        return self.share is not None and 0 < self.n_population <= self.n_labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A uniform sample of a population of texts, as far as it is about one question."""

    n_hits: int
    n_labels: int
    n_population: int

    @property
    def share(self) -> float:
        return self.n_hits / self.n_labels

    @property
    def interval(self) -> Interval:
        return score_interval(self.share, effective_size(self.n_labels, self.n_population))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is known, exactly or from samples, of the errors in a labelled corpus, or in one class of it."""

    wrong: Sampled  # of all texts: those whose label would be wrong if people had said nothing
    n_wrong_known: int  # texts that people labelled otherwise
    n_unlabelled: int  # texts that no person labelled, at most so many errors are left
    size: float  # texts in all, above 0
    size_interval: Interval  # its lower end above 0


def estimate_share(sampled: Sampled) -> Estimate:
    """Unbiased; the interval is Wilson's with the finite population correction.

    >>> found = estimate_share(Sampled(n_hits=90, n_labels=100, n_population=10_000))
    >>> found.share, [round(end, 3) for end in found.interval], found.n_more
    (0.9, [0.826, 0.945], 40)
    >>> estimate_share(Sampled(n_hits=3, n_labels=3, n_population=50)).reason
    '3 audited texts so far: 7 more are needed.'
    >>> estimate_share(Sampled(n_hits=8, n_labels=8, n_population=8)).reason
    'There are only 8 such texts: of fewer than 10 no share is told.'
    """
    if is_too_small(sampled):
        return too_few(sampled.n_labels, n_population=sampled.n_population)
    return _estimate(sampled.share, sampled.interval, sampled.n_labels, sampled.n_population)


def estimate_weighted_share(hits: Sequence[bool], weights: Sequence[float]) -> Estimate:
    """Of other texts, from ones that stand for unequally many of them: each counts as many times as it stands for.

    Consistent, not unbiased, as it is a ratio (Hájek 1971; Särndal, Swensson and Wretman, Model Assisted Survey
    Sampling, 1992, section 5.7). The interval is Wilson's of the effective sample size: as many texts as would bring
    the same variance if all weighed alike (Korn and Graubard 1998); by Kish's formula where all are hits, or none.

    Raises:
        ValueError: the lengths differ, or a weight is below 0.

    >>> found = estimate_weighted_share(12 * [True] + 4 * [False], 12 * [2.0] + 4 * [4.0])
    >>> found.share, [round(end, 2) for end in found.interval]
    (0.6, [0.33, 0.82])
    """
    listed = np.asarray(weights, dtype=np.float64)
    if len(listed) != len(hits) or (listed < 0).any():
        raise ValueError("each text needs a weight, not below 0")
    if len(hits) < LEAST_TEXTS or not listed.any():
        return too_few(len(hits))
    listed /= listed.max()  # squares of tiny ones would be 0
    said = np.asarray(hits, dtype=np.float64)
    share = float(np.average(said, weights=listed))
    variance = float((listed**2 * (said - share) ** 2).sum() / listed.sum() ** 2) * len(hits) / (len(hits) - 1)
    n_effective = float(listed.sum() ** 2 / (listed**2).sum())
    if variance > 0.0:
        n_effective = min(max(share * (1 - share) / variance, 1.0), len(hits))  # one text tells as much as one
    return _estimate(share, score_interval(share, n_effective), len(hits))


def join_shares(first: Estimate, second: Estimate, sizes: tuple[float, float, float]) -> Estimate:
    """Of two kinds of texts together, of which the same audited texts tell, and of a third, of which nothing is known.

    As they are the same, both kinds may be off in one direction; of the third all may be hits, or none.

    Args:
        first: of the kind that was sampled; it rests on all of the audited texts.
        second: of others, from some of these texts.
        sizes: how many texts each of the three kinds has.

    >>> first = estimate_share(Sampled(n_hits=80, n_labels=100, n_population=100))
    >>> second = estimate_weighted_share(50 * [True], 50 * [1.0])
    >>> found = join_shares(first, second, (100, 100, 0))
    >>> found.share, [round(end, 3) for end in found.interval], found.n_labels
    (0.9, [0.864, 0.9], 100)
    >>> [round(end, 3) for end in join_shares(first, second, (100, 0, 25)).interval]
    [0.64, 0.84]
    """
    if first.share is None or first.interval is None:
        return first
    if second.share is None or second.interval is None:
        if sizes[1] > 0:
            return second
        second = first
    of_second, around = second.share or 0.0, second.interval or first.interval
    low, high = (_average(ends, sizes) for ends in zip(first.interval, around, (0.0, 1.0), strict=True))
    joined = _estimate(_average((first.share, of_second, of_second), sizes), (low, high), first.n_labels)
    return joined if not sizes[2] else replace(joined, n_more=0)  # no audited text tells of the third kind


def _average(values: Sequence[float], sizes: Sequence[float]) -> float:
    return sum(value * size for value, size in zip(values, sizes, strict=True)) / sum(sizes)


def weigh_student(is_class: NDArray[np.bool_], is_named: NDArray[np.bool_]) -> float:
    """How far the student's word counts in the shares of all classes: one weight for all, so that they add to 1.

    Args:
        is_class: whether people say that each text is of each class, shape `(n_sampled, n_classes)`.
        is_named: whether the student names the class, of the same shape.

    >>> weigh_student(np.eye(3, dtype=np.bool_), np.eye(3, dtype=np.bool_))
    1.0
    """
    truth, named = is_class - is_class.mean(axis=0), is_named - is_named.mean(axis=0)
    spread = float((named**2).sum())
    return float(np.clip((truth * named).sum() / spread, 0, 1)) if spread else 0.0


def estimate_class_share(
    is_class: NDArray[np.bool_],
    is_named: NDArray[np.bool_],
    share_named: float,
    n: int,
    *,
    weight: float | None = None,
    known: Interval = (0.0, 1.0),
) -> Estimate:
    """The share of a class, from what people say of a sample and what the student says of every text.

    What the student says of all texts, corrected by how it errs on the sample: the regression estimator of Särndal et
    al. (1992, section 6.4), known as prediction-powered inference (Angelopoulos et al., Science 382, 2023,
    arXiv:2301.09633; the weight of the predictions as in arXiv:2311.01453). Consistent, whatever the student's errors.

    Args:
        is_class: whether people say that each text of the sample is of the class, shape `(n_sampled,)`.
        is_named: whether the student names the class, for the same texts.
        share_named: how often the student names it, of all texts.
        n: texts in all.
        weight: of the student's word, in [0, 1]; the best for this class when None.
        known: between what the share is for certain, by all that people labelled.

    >>> truth = np.array(20 * [True] + 80 * [False])
    >>> found = estimate_class_share(truth, truth, 0.25, 10_000)
    >>> found.share, [round(end, 2) for end in found.interval]
    (0.25, [0.23, 0.27])
    """
    n_sampled = len(is_class)
    if is_too_small(Sampled(n_hits=0, n_labels=n_sampled, n_population=n)):
        return too_few(n_sampled, n_population=n)
    truth, named = is_class.astype(np.float64), is_named.astype(np.float64)
    if weight is None:
        weight = weigh_student(is_class[:, None], is_named[:, None])
    least, most = known
    if weight == 0.0:  # the student tells nothing: what the sample says alone
        sampled = Sampled(n_hits=int(truth.sum()), n_labels=n_sampled, n_population=n)
        share, (low, high) = sampled.share, sampled.interval
    else:
        share = float(np.clip(truth.mean() + weight * (share_named - float(named.mean())), 0, 1))
        residuals = truth - weight * named
        below, above = difference_interval(residuals - residuals.mean(), n)
        low, high = share + below, share + above
    share, low, high = (float(np.clip(value, least, most)) for value in (share, low, high))
    return _estimate(share, (low, high), n_sampled, n)


def estimate_corpus_accuracy(sources: Sources) -> Estimate:
    """How many of the final labels are right: people's, else what student, LLM and people's other labels lead to.

    The errors that are left are those that there would be without people, estimated from a sample, less those that
    people have corrected, which are known exactly. Unbiased but for being kept between 0 and the number of texts that
    no person labelled. People's labels count as right.

    >>> found = estimate_corpus_accuracy(
    ...     Sources(wrong=Sampled(n_hits=10, n_labels=100, n_population=1000), n_wrong_known=60,
    ...             n_unlabelled=500, size=1000, size_interval=(1000, 1000)))
    >>> found.share, [round(end, 3) for end in found.interval]
    (0.96, [0.89, 1.0])
    """
    wrong, n_labels = sources.wrong, sources.wrong.n_labels
    if is_too_small(wrong):
        return too_few(n_labels, n_population=wrong.n_population)
    least, most = sources.size_interval
    terms = [
        scaled(wrong.share, wrong.interval, -1.0),
        scaled(1 / sources.size, (1 / most, 1 / least), sources.n_wrong_known),
    ]
    lowest = 1.0 - min(1.0, sources.n_unlabelled / sources.size)
    change, (low, high) = sum(term for term, _ in terms), sum_interval(terms)
    share, low, high = (float(np.clip(1.0 + value, lowest, 1.0)) for value in (change, low, high))
    return _estimate(share, (low, high), n_labels, wrong.n_population)


def cap(estimate: Estimate, n_left: int) -> Estimate:
    """The same, with no more further texts than are left to look at."""
    return replace(estimate, n_more=min(estimate.n_more, n_left))


def is_too_small(sampled: Sampled) -> bool:
    """Whether a sample says next to nothing, though it may be all that there is."""
    return sampled.n_labels < LEAST_TEXTS


def too_few(n_labels: int, *, n_population: int = 0) -> Estimate:
    """Nothing can be said yet; `n_population` is how many texts there are of the kind, 0 where that is not known."""
    wanted = (Z_95 / AIMED_HALF_WIDTH) ** 2 / 4  # whatever the share is
    n_missing = max(0, LEAST_TEXTS - n_labels)
    more = f"{n_missing} more {'is' if n_missing == 1 else 'are'} needed."
    return Estimate(
        share=None,
        interval=None,
        n_labels=n_labels,
        n_population=n_population,
        n_missing=n_missing,
        n_more=max(0, _size_of_sample(wanted, n_population) - n_labels),
        reason=f"There are only {n_population} such texts: of fewer than {LEAST_TEXTS} no share is told."
        if 0 < n_population < LEAST_TEXTS
        else f"{n_labels} audited text{'s' if n_labels != 1 else ''} so far: {more}",
    )


def _estimate(share: float, interval: Interval, n_labels: int, n_population: int = 0) -> Estimate:
    """With how many more labels it would take: widths shrink with the root of the effective size."""
    width = (interval[1] - interval[0]) / 2
    now = effective_size(n_labels, n_population) if n_labels < n_population else n_labels
    wanted = _size_of_sample(now * (width / AIMED_HALF_WIDTH) ** 2, n_population) if width else 0
    return Estimate(
        share=share,
        interval=interval,
        n_labels=n_labels,
        n_population=n_population,
        n_more=max(0, wanted - n_labels),
    )


def _size_of_sample(n_effective: float, n_population: int) -> int:
    """How many of so many texts tell as much as `n_effective` of endlessly many.

    >>> _size_of_sample(384.1, 0), _size_of_sample(384.1, 139)
    (385, 103)
    """
    if not n_population:
        return math.ceil(n_effective)
    return math.ceil(n_population * n_effective / (n_population - 1 + n_effective))
