"""Over 1,000 simulated projects: the audit's 95 % intervals hold the truth that often, and plain averages do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fakes.reviewed_corpus import N_CLASSES, ReviewedCorpus, audited_labels, review_corpora
from mraru.quality.audit.audit_estimates import (
    measure_class_shares,
    measure_corpus,
    measure_student,
    measure_teacher,
    measure_teacher_on_corpus,
)
from mraru.quality.audit.intervals import wilson_interval
from mraru.quality.audit.share_estimates import Estimate

pytestmark = pytest.mark.slow

N_PROJECTS = 1000
LEAST, MOST = 0.93, 0.98  # of the intervals; of 1,000 that are right 95 times in 100, 93 % to 97 % hold the truth

Outcomes = dict[str, list[tuple[Estimate, float]]]  # estimate and truth of each project


@pytest.fixture(scope="module")
def corpora() -> list[ReviewedCorpus]:
    return review_corpora(N_PROJECTS, np.random.default_rng(0))


@pytest.fixture(scope="module")
def outcomes(corpora: list[ReviewedCorpus]) -> Outcomes:
    found: Outcomes = {}
    for corpus in corpora:
        audited = audited_labels(corpus)
        asked = np.array(sorted(corpus.accepted))
        everything = np.arange(len(corpus.truth))
        for name, measured, labels, texts in (
            ("teacher", measure_teacher(audited), corpus.teacher, asked),
            ("teacher on corpus", measure_teacher_on_corpus(audited), corpus.teacher, everything),
            ("student", measure_student(audited), corpus.student, everything),
            ("corpus", measure_corpus(audited), corpus.final, everything),
        ):
            is_right, truth = labels[texts] == corpus.truth[texts], corpus.truth[texts]
            found.setdefault(name, []).append((measured.overall, float(is_right.mean())))
            for label in range(N_CLASSES):
                estimate = measured.by_class[str(label)]
                found.setdefault(f"{name}, class {label}", []).append((estimate, is_right[truth == label].mean()))
        with_student, alone = measure_class_shares(audited), measure_class_shares(replace(audited, n_named=None))
        for label in range(N_CLASSES):
            share = float((corpus.truth == label).mean())
            found.setdefault(f"share {label}", []).append((with_student[str(label)], share))
            found.setdefault(f"share {label}, sample alone", []).append((alone[str(label)], share))
    return found


def coverage(listed: list[tuple[Estimate, float]]) -> float:
    """The share of intervals that hold the truth, of those that are given."""
    held = [low <= truth <= high for found, truth in listed if found.interval for low, high in [found.interval]]
    assert len(held) > 0.25 * len(listed), "hardly an estimate is given"
    return float(np.mean(held))


@pytest.mark.parametrize("who", ["teacher", "student", "corpus"])
def test_intervals_hold_the_truth_about_95_times_in_100(outcomes: Outcomes, who: str) -> None:
    assert LEAST <= coverage(outcomes[who]) <= MOST
    assert all(found.share is not None for found, _ in outcomes[who])


@pytest.mark.parametrize("who", ["teacher", "student", "corpus"])
@pytest.mark.parametrize("label", range(N_CLASSES))
def test_so_do_those_of_each_class(outcomes: Outcomes, who: str, label: int) -> None:
    assert LEAST <= coverage(outcomes[f"{who}, class {label}"]) <= MOST + 0.01


@pytest.mark.parametrize("who", ["teacher on corpus", *(f"teacher on corpus, class {n}" for n in range(N_CLASSES))])
def test_what_the_teacher_would_say_of_texts_that_people_took_from_it_may_be_anything(
    outcomes: Outcomes, who: str
) -> None:
    assert coverage(outcomes[who]) >= LEAST


@pytest.mark.parametrize("label", range(N_CLASSES))
@pytest.mark.parametrize("way", ["", ", sample alone"])
def test_so_do_those_of_class_shares(outcomes: Outcomes, label: int, way: str) -> None:
    assert LEAST <= coverage(outcomes[f"share {label}{way}"]) <= MOST


def test_the_students_help_makes_intervals_of_shares_shorter(outcomes: Outcomes) -> None:
    for label in range(2):
        helped, alone = (
            [found.interval[1] - found.interval[0] for found, _ in outcomes[name] if found.interval]
            for name in (f"share {label}", f"share {label}, sample alone")
        )
        assert np.mean(helped) < 0.8 * np.mean(alone)


@pytest.mark.parametrize("who", ["teacher", "student", "corpus"])
def test_estimates_are_right_on_average(outcomes: Outcomes, who: str) -> None:
    errors = [found.share - truth for found, truth in outcomes[who] if found.share is not None]
    assert abs(np.mean(errors)) < 4 * np.std(errors) / len(errors) ** 0.5


def test_what_people_corrected_says_something_else(corpora: list[ReviewedCorpus]) -> None:
    held, errors = [], []
    for corpus in corpora:
        looked_at = sorted(corpus.gold)
        n_right = int((corpus.student[looked_at] == corpus.truth[looked_at]).sum())
        low, high = wilson_interval(n_right, len(looked_at)) or (0.0, 1.0)
        truth = float((corpus.student == corpus.truth).mean())
        held.append(low <= truth <= high)
        errors.append(n_right / len(looked_at) - truth)
    assert np.mean(held) < 0.01
    assert np.mean(errors) < -0.2


def test_taking_labelled_texts_for_known_and_the_sample_for_the_rest_says_something_else(
    corpora: list[ReviewedCorpus],
) -> None:
    """The sample holds hard texts which review would have found: it cannot speak for what review left over."""
    errors = []
    for corpus in corpora:
        outside = sorted(corpus.gold - set(corpus.corpus_sample))
        sample = list(corpus.corpus_sample)
        is_right = corpus.student == corpus.truth
        rest = len(is_right) - len(outside)
        errors.append((is_right[outside].sum() + rest * is_right[sample].mean()) / len(is_right) - is_right.mean())
    assert abs(np.mean(errors)) > 0.02
