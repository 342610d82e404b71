"""Corpora that are labelled and reviewed: people look at the worst first, and at an audit sample on the way.

Everything is known of them, so that it can be seen what the review tells of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mraru.quality.audit.audit_estimates import AuditedLabels
from mraru.quality.audit.audit_sample import next_draws, settled_sample

N_CLASSES = 3
CLASS_SHARES = np.array([0.65, 0.25, 0.1])
STUDENT_ACCURACY = np.array([0.93, 0.8, 0.55])  # by class
TEACHER_ACCURACY = np.array([0.97, 0.88, 0.7])
N_TEXTS = 2000
N_WAVES = 4  # in each the teacher labels, then people do
PER_WAVE = 60  # texts for the teacher
REVIEWED_PER_WAVE = 60  # worst first
AUDITED_PER_WAVE = 20  # of each frame
N_AHEAD = 5  # audit texts that still wait at the end of a wave
READ_AHEAD = 300  # texts of the circle that are looked at

Ints = NDArray[np.intp]


@dataclass(kw_only=True)
class ReviewedCorpus:
    """One corpus after its review; arrays are by text, of shape `(N_TEXTS,)`."""

    truth: Ints
    student: Ints
    teacher: Ints  # what it would say of each text; it was asked about `accepted` alone
    uncertainty: NDArray[np.float64]
    accepted: dict[int, float] = field(default_factory=dict)  # the chance of acceptance, by text
    gold: set[int] = field(default_factory=set)
    corpus_sample: tuple[int, ...] = ()
    teacher_sample: tuple[int, ...] = ()

    @property
    def blind(self) -> Ints:
        """The teacher's label where it was asked, else the student's: what would stand without people."""
        labels = self.student.copy()
        asked = list(self.accepted)
        labels[asked] = self.teacher[asked]
        return labels

    @property
    def final(self) -> Ints:
        """People's label, else the blind one."""
        labels = self.blind
        gold = list(self.gold)
        labels[gold] = self.truth[gold]
        return labels


def audited_labels(corpus: ReviewedCorpus) -> AuditedLabels:
    """What a project would know of the corpus."""
    known = corpus.gold | corpus.accepted.keys()
    student_named = np.bincount(corpus.student, minlength=N_CLASSES)
    return AuditedLabels(
        labels=tuple(map(str, range(N_CLASSES))),
        n_texts=N_TEXTS,
        gold={str(text): str(corpus.truth[text]) for text in corpus.gold},
        teacher={str(text): str(corpus.teacher[text]) for text in corpus.accepted},
        student={str(text): str(corpus.student[text]) for text in known},
        blind={str(text): str(corpus.blind[text]) for text in corpus.gold},
        corpus_sample=tuple(map(str, corpus.corpus_sample)),
        teacher_sample=tuple(map(str, corpus.teacher_sample)),
        n_teacher_sampled=len(corpus.accepted),
        acceptance={str(text): chance for text, chance in corpus.accepted.items()},
        n_named={str(label): int(n) for label, n in enumerate(student_named)},
    )


def review_corpora(n_corpora: int, rng: np.random.Generator) -> list[ReviewedCorpus]:
    """Make corpora, label and review them."""
    shape = (n_corpora, N_TEXTS)
    truth = rng.choice(N_CLASSES, size=shape, p=CLASS_SHARES)
    difficulty = rng.random(shape)  # what is hard for one is hard for the other
    student = _answer(truth, difficulty, STUDENT_ACCURACY, rng)
    teacher = _answer(truth, difficulty, TEACHER_ACCURACY, rng)
    uncertainty = np.clip(0.05 + 0.45 * difficulty + 0.3 * (student != truth) * rng.random(shape), 0.0, 1.0)
    corpora = [
        ReviewedCorpus(truth=truth[run], student=student[run], teacher=teacher[run], uncertainty=uncertainty[run])
        for run in range(n_corpora)
    ]
    for corpus in corpora:
        _review(corpus, rng)
    return corpora


def _answer(
    truth: Ints, difficulty: NDArray[np.float64], accuracy: NDArray[np.float64], rng: np.random.Generator
) -> Ints:
    """Right as often as `accuracy` says for the class, and more often on what is easy."""
    chance = np.clip(accuracy[truth] + (1 - accuracy[truth]) * (1 - 2 * difficulty), 0.0, 1.0)
    other = (truth + rng.integers(1, N_CLASSES, size=truth.shape)) % N_CLASSES
    return np.where(rng.random(truth.shape) < chance, truth, other)


def _review(corpus: ReviewedCorpus, rng: np.random.Generator) -> None:
    circle, teacher_rank = rng.permutation(N_TEXTS).tolist(), rng.permutation(N_TEXTS)
    drawn: tuple[list[int], list[int]] = ([], [])
    for _ in range(N_WAVES):
        _ask_teacher(corpus, rng)
        _correct_the_worst(corpus)
        frames = circle[:READ_AHEAD], sorted(corpus.accepted, key=teacher_rank.__getitem__)
        for ordered, listed in zip(frames, drawn, strict=True):
            listed.extend(next_draws(ordered, set(listed), corpus.gold, AUDITED_PER_WAVE + N_AHEAD))
            waiting = [text for text in listed if text not in corpus.gold]
            corpus.gold.update(waiting[:AUDITED_PER_WAVE])
    frames = circle[:READ_AHEAD], sorted(corpus.accepted, key=teacher_rank.__getitem__)
    corpus.corpus_sample, corpus.teacher_sample = (
        settled_sample(ordered, listed, corpus.gold).members for ordered, listed in zip(frames, drawn, strict=True)
    )


def _ask_teacher(corpus: ReviewedCorpus, rng: np.random.Generator) -> None:
    """M-RARU: visits in random order, accepts with the uncertainty as chance; nobody is asked what is known."""
    order = rng.permutation(N_TEXTS)
    is_pool = np.ones(N_TEXTS, dtype=np.bool_)
    is_pool[[*corpus.gold, *corpus.accepted]] = False
    chosen = order[is_pool[order] & (rng.random(N_TEXTS) < corpus.uncertainty[order])][:PER_WAVE]
    corpus.accepted.update(zip(chosen.tolist(), corpus.uncertainty[chosen].tolist(), strict=True))


def _correct_the_worst(corpus: ReviewedCorpus) -> None:
    scores = 1.0 - corpus.uncertainty
    asked = list(corpus.accepted)
    disagree = corpus.student[asked] != corpus.teacher[asked]
    scores[asked] = np.where(disagree, 0.4 * corpus.uncertainty[asked], scores[asked])
    scores[list(corpus.gold)] = 2.0
    corpus.gold.update(np.argsort(scores)[:REVIEWED_PER_WAVE].tolist())
