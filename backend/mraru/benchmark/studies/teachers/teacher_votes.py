"""The majority against Dawid-Skene on votes of simulated teachers whose errors are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Labels
from mraru.quality.consensus.dawid_skene import fit_dawid_skene
from mraru.quality.consensus.teacher_standing import TeacherStanding, judge_teachers
from mraru.records import TeacherAnswer, Vote
from mraru.teachers.combined.ensemble import vote

VOTING_STREAM = 6  # beside the streams of the other measurements


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Several simulated teachers, each by its confusion matrix: row the truth, column what it says."""

    title: str
    n_texts: int
    confusions: Mapping[str, NDArray[np.float64]]  # by teacher, in the order in which they are asked

    @property
    def labels(self) -> list[str]:
        n_classes = len(next(iter(self.confusions.values())))
        return [f"class {number}" for number in range(1, n_classes + 1)]


def evenly(accuracy: float, n_classes: int) -> NDArray[np.float64]:
    """A teacher that is right so often on each class, and else names any other.

    >>> evenly(0.8, 3).round(3).tolist()
    [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]]
    """
    confusion = np.full((n_classes, n_classes), (1.0 - accuracy) / (n_classes - 1))
    np.fill_diagonal(confusion, accuracy)
    return confusion


ONE_MISTAKES_A_CLASS = Panel(
    title="one of three takes two thirds of a class for another, one is careless",
    n_texts=300,
    confusions={
        "careless": evenly(0.7, 3),
        "mistakes a class": np.array([[0.96, 0.02, 0.02], [0.02, 0.96, 0.02], [0.65, 0.01, 0.34]]),
        "good": evenly(0.94, 3),
    },
)
EVEN_ERRORS = Panel(
    title="three that err evenly, five classes",
    n_texts=200,
    confusions={"95 %": evenly(0.95, 5), "75 %": evenly(0.75, 5), "65 %": evenly(0.65, 5)},
)
EVEN_ERRORS_OF_MORE = Panel(title="the same on 1,000 texts", n_texts=1000, confusions=EVEN_ERRORS.confusions)
TWO_TEACHERS = Panel(
    title="two that err evenly, three classes",
    n_texts=200,
    confusions={"95 %": evenly(0.95, 3), "70 %": evenly(0.70, 3)},
)
PANELS = (ONE_MISTAKES_A_CLASS, EVEN_ERRORS, EVEN_ERRORS_OF_MORE, TWO_TEACHERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class VotingOutcome:
    """One panel over all seeds."""

    panel: str
    n_texts: int
    majority: tuple[float, ...]  # share of labels that are right, by seed
    dawid_skene: tuple[float, ...]
    accuracy_off: tuple[float, ...]  # how far the worst estimate of a teacher's accuracy is from its share right


def measure_voting(panel: Panel, seeds: Sequence[int]) -> VotingOutcome:
    """Draw votes about texts of equally frequent classes, and let both decide, by the product's code."""
    measured = [_measure(panel, seed) for seed in seeds]
    majority, dawid_skene, off = zip(*measured, strict=True)
    return VotingOutcome(
        panel=panel.title, n_texts=panel.n_texts, majority=majority, dawid_skene=dawid_skene, accuracy_off=off
    )


def _measure(panel: Panel, seed: int) -> tuple[float, float, float]:
    rng = np.random.default_rng([seed, VOTING_STREAM])
    truth, votes = draw_votes(panel, rng)
    by_majority = {
        name: vote([TeacherAnswer(label=cast.label, raw="") for cast in said]) for name, said in votes.items()
    }
    posteriors = fit_dawid_skene(votes, {}, panel.labels)
    settled = {name: max(posterior, key=posterior.__getitem__) for name, posterior in posteriors.items()}
    standings = judge_teachers(list(panel.confusions), votes, settled, posteriors, gold=truth)
    return (
        _share_right(by_majority, truth),
        _share_right(settled, truth),
        max(abs((found.estimated_accuracy or 0.0) - _share_named(found)) for found in standings),
    )


def _share_named(found: TeacherStanding) -> float:
    return found.on_gold.n_right / found.on_gold.n_checked if found.on_gold.n_checked else 0.0


def draw_votes(panel: Panel, rng: np.random.Generator) -> tuple[dict[str, str], dict[str, list[Vote]]]:
    """The truth of each text and what each teacher says of it, both by the text's name."""
    labels: Labels = np.array(panel.labels)
    truth = rng.integers(len(labels), size=panel.n_texts)
    names = [f"text {number:05d}" for number in range(panel.n_texts)]
    said = {
        teacher: labels[(rng.random((panel.n_texts, 1)) > confusion[truth].cumsum(axis=1)[:, :-1]).sum(axis=1)]
        for teacher, confusion in panel.confusions.items()
    }
    votes = {
        name: [Vote(teacher=teacher, label=str(said[teacher][number])) for teacher in said]
        for number, name in enumerate(names)
    }
    return dict(zip(names, labels[truth].tolist(), strict=True)), votes


def _share_right(labels: Mapping[str, str | None], truth: Mapping[str, str]) -> float:
    return sum(labels[name] == right for name, right in truth.items()) / len(truth)
