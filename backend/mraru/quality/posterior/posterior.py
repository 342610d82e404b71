"""The one posterior: how likely each label of a text is right, given what student, LLM and people say of it.

A student learns from the LLM's labels, so the two do not witness independently: an LLM that takes all texts about food
for texts about travel teaches the student to do the same. Hence two steps. What both say tells the *taught* class, the
one that the LLM's labels teach for such texts; how often that is the *true* class, people alone can tell.

    P(true | x) = sum over taught classes of P(taught | student, LLM) * P(true | taught)

Once people label, the student learns from them too, and knows what the LLM never taught. How far it is to be believed
by itself, people's labels tell as well: by so much its own word is mixed in.

A classifier's probabilities times a labeller's reliability is the combination of Kerrigan, Smyth and Steyvers,
"Combining Human Predictions with Model Probabilities via Confusion Matrices and Calibration", NeurIPS 2021,
arXiv:2109.14591.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, softmax

from mraru.interfaces import Probabilities

NOBODY = -1  # in the place of a column: no label was given
PEOPLE_ERROR = 0.02  # how often a person's label is wrong
LEAST_PROBABILITY = 1e-6  # of a class: no student has seen enough to say less
EASY_SHARE = 0.5  # of a labeller's errors that fall to the class that is mistaken most easily; the rest fall anywhere

Columns = NDArray[np.intp]  # (n_texts,), of classes; NOBODY where there is none
Numbers = NDArray[np.float64]  # (n_texts,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """What is said of texts, each array in the order of the texts."""

    student: Probabilities  # (n_texts, n_classes), calibrated, of students that have not learned the texts
    heard: Numbers  # in [0, 1]: how far the student is heard; 0: it may have learned the text, or cannot know the class
    teacher: Columns  # the LLM's labels
    teacher_offset: Numbers  # what the LLM's confidence adds to the log-odds of its label; 0 as usual
    people: Columns  # people's labels

    def __post_init__(self) -> None:
        lengths = {len(part) for part in (self.student, self.heard, self.teacher, self.teacher_offset, self.people)}
        if self.student.ndim != 2 or len(lengths) != 1:
            raise ValueError(f"statements must all be about the same texts, not about {sorted(lengths)}")

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Statements:
        """What is said of some of the texts."""
        return Statements(
            student=self.student[rows],
            heard=self.heard[rows],
            teacher=self.teacher[rows],
            teacher_offset=self.teacher_offset[rows],
            people=self.people[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """How far student and LLM are to be believed."""

    sharpness: float  # exponent of the student's probabilities; 1: they are taken as they are
    slip: float  # how often the LLM names another class than the one that its labels teach
    truth: Probabilities  # (n_classes, n_classes): of each taught class, how likely each class is the true one
    temperature: float = 1.0  # above 1: the posterior would be too sure
    alone: float = 0.0  # how far the student is believed by itself, since it has learned from people too


def posterior(said: Statements, reliability: Reliability) -> Probabilities:
    """How likely each class is the true one.

    People's labels, where there are any, count with `PEOPLE_ERROR`.

    Args:
        said: what is said of the texts.
        reliability: see `quality.posterior.reliability`.

    Returns:
        Shape `(n_texts, n_classes)`, rows sum to 1.

    >>> said = Statements(
    ...     student=np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1]]), heard=np.ones(3),
    ...     teacher=np.array([0, 1, NOBODY]), teacher_offset=np.zeros(3), people=np.full(3, NOBODY))
    >>> trusting = Reliability(sharpness=1.0, slip=0.1, truth=np.eye(2))
    >>> posterior(said, trusting).round(2).tolist()
    [[0.99, 0.01], [0.5, 0.5], [0.9, 0.1]]
    >>> wary = Reliability(sharpness=1.0, slip=0.1, truth=np.array([[0.7, 0.3], [0.3, 0.7]]))
    >>> posterior(said, wary).round(2).tolist()
    [[0.7, 0.3], [0.5, 0.5], [0.66, 0.34]]
    """
    true = taught(said, reliability.sharpness, reliability.slip) @ reliability.truth
    tempered = softmax(np.log(np.maximum(true, LEAST_PROBABILITY)) / reliability.temperature, axis=1)
    mixed = np.maximum(mix(tempered, said, reliability.alone), LEAST_PROBABILITY)
    errors = np.full(len(mixed), PEOPLE_ERROR)
    found: Probabilities = softmax(np.log(mixed) + log_likelihood(said.people, errors, mixed), axis=1)
    return found


def mix(true: Probabilities, said: Statements, alone: float) -> Probabilities:
    """What both say together, with what the student says by itself, as far as it is believed."""
    share = (alone * said.heard)[:, None]
    found: Probabilities = (1.0 - share) * true + share * said.student
    return found


def taught(said: Statements, sharpness: float, slip: float) -> Probabilities:
    """How likely each class is the one that the LLM's labels teach for each text, shape `(n_texts, n_classes)`."""
    log_student = said.heard[:, None] * np.log(np.maximum(said.student, LEAST_PROBABILITY))
    errors: Numbers = expit(logit(slip) - said.teacher_offset)
    found: Probabilities = softmax(sharpness * log_student + log_likelihood(said.teacher, errors, said.student), axis=1)
    return found


def log_likelihood(labels: Columns, errors: Numbers, opinions: Probabilities) -> Probabilities:
    """The logarithm of how likely a labeller gives each text its label, whichever class the text is of.

    Half of a labeller's errors fall to the class that is mistaken most easily, and half anywhere.

    Args:
        labels: given; nothing is said where there is none.
        errors: how often the labeller is wrong, shape `(n_texts,)`, in (0, 1).
        opinions: say which other class is likeliest, shape `(n_texts, n_classes)`.

    Returns:
        Shape `(n_texts, n_classes)`.

    >>> opinions = np.array([[0.6, 0.3, 0.1]] * 2)
    >>> np.exp(log_likelihood(np.array([0, NOBODY]), np.full(2, 0.2), opinions)).round(2).tolist()
    [[0.8, 0.15, 0.05], [1.0, 1.0, 1.0]]
    """
    n_classes = opinions.shape[1]
    found = np.zeros(opinions.shape, dtype=np.float64)
    rows = np.flatnonzero(labels != NOBODY)
    if not len(rows) or n_classes < 2:
        return found
    given = labels[rows]
    anywhere = (1 - EASY_SHARE) / (n_classes - 1)
    shares = np.full((len(rows), n_classes), anywhere)
    shares[np.arange(len(rows)), easily_mistaken(opinions[rows], given)] += EASY_SHARE
    shares *= errors[rows, None]
    shares[np.arange(len(rows)), given] = 1 - errors[rows]
    found[rows] = np.log(shares)
    return found


def easily_mistaken(opinions: Probabilities, given: Columns) -> Columns:
    """For each text the likeliest class beside the given one, shape `(n_texts,)`."""
    others = opinions.copy()
    others[np.arange(len(others)), given] = -1.0
    found: Columns = others.argmax(axis=1)
    return found
